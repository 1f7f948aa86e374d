"""One image as pixels of the model's size: decoded by Pillow, upright, in 8 bits, resized as its preset says.

Decoding: the EXIF orientation is applied; 16-bit grey is scaled to 8; palettes, CMYK and the like become RGB;
transparency is dropped unless the model takes four channels; of an animation the first frame counts.

Resizing: PT_IMAGENET as torchvision does it (bilinear with antialiasing, to the bit). Else what comes nearest to
OpenCV's INTER_AREA, the mean of the covered pixels, which Pillow does not have for fractions of pixels and which costs
15 times as much in numpy: Hamming's window (pixels differ by 2 levels on average, their deviation by 1 %) and, down to
less than a third of the size, the mean of whole pixels (by less than 1 level). Bilinear where a side grows.
"""

from __future__ import annotations

import importlib.util
import struct
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from modelwright.errors import CalibrationDataError, ToolMissingError
from modelwright.quantize.data.layout import ImageLayout
from modelwright.quantize.data.presets import CROP
from modelwright.quantize.data.settings import Preset

if TYPE_CHECKING:
    from PIL import Image

_MODES: Final = {1: "L", 3: "RGB", 4: "RGBA"}
_BROKEN: Final = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, struct.error)
"""What Pillow's readers raise for damaged files."""
_WIDE: Final = 257.0
"""65535 / 255: 16-bit grey to 8 bits."""


def check_pillow() -> None:
    """Makes sure that images can be read.

    Raises:
        ToolMissingError: Pillow is not installed.
    """
    if importlib.util.find_spec("PIL") is None:
        hint = 'pip install "modelwright[images]", or give the data as .npy files'
        raise ToolMissingError("calibration images are read with Pillow, which is not installed", hint=hint)


def read_pixels(path: Path, layout: ImageLayout, preset: Preset | None) -> np.ndarray:
    """The pixels of an image, uint8 [height, width, channels] in RGB order, in the layout's size.

    Args:
        path: The image.
        layout: Size and channels.
        preset: How it is resized and cropped; None stretches it to the size.

    Raises:
        CalibrationDataError: The file is no image, damaged, or holds pixels that have no range.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd tags, which do not matter to the pixels
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                array = np.asarray(_fitted(_upright(image, layout, preset), layout, preset))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        hint = "save it in a smaller size"
        raise CalibrationDataError(f"{path}: the image is too large ({error})", hint=hint) from None
    except Image.UnidentifiedImageError:
        hint = "file_type says whether files are img, npy, npz or raw"
        raise CalibrationDataError(f"{path}: no image that Pillow can read", hint=hint) from None
    except _BROKEN as error:
        hint = "save the image again, or leave it out"
        raise CalibrationDataError(f"{path}: the image is damaged ({error})", hint=hint) from None
    return array[:, :, None] if array.ndim == len("HW") else array


def _upright(image: Image.Image, layout: ImageLayout, preset: Preset | None) -> Image.Image:
    """The image as people see it, in the wanted number of channels."""
    from PIL import ImageOps

    _draft(image, layout, preset)
    converted = _converted(image, _MODES[layout.channels])
    ImageOps.exif_transpose(converted, in_place=True)
    return converted


def _converted(image: Image.Image, mode: str) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        image = _narrowed(image)
    elif image.mode in ("P", "PA", "La", "LA") and image.mode != mode:
        image = image.convert("RGBA")
    return image if image.mode == mode else image.convert(mode)


def _narrowed(image: Image.Image) -> Image.Image:
    """16-bit grey in 8 bits."""
    from PIL import Image

    values: np.ndarray[Any, Any] = np.asarray(image)
    if values.dtype.kind == "f" or int(values.min()) < 0 or int(values.max()) > np.iinfo(np.uint16).max:
        raise ValueError(f"pixels from {values.min()} to {values.max()}, which are neither 8 nor 16 bits: give .npy")
    return Image.fromarray(np.rint(values / _WIDE).astype(np.uint8))


_DRAFT: Final = 4
"""A JPEG is decoded at a half, quarter or eighth of its size where that is still this many times the wanted one."""


def _draft(image: Image.Image, layout: ImageLayout, preset: Preset | None) -> None:
    """Lets a large JPEG be decoded at a fraction of its size; harmless for anything else."""
    height, width = _target(image.height, image.width, layout, preset)
    side = _DRAFT * max(height, width)
    image.draft(None, (side, side))


_MANY: Final = 3
"""From how many pixels on, in both directions, fractions of pixels do not matter to a mean."""


def _fitted(image: Image.Image, layout: ImageLayout, preset: Preset | None) -> Image.Image:
    from PIL import Image

    height, width = _target(image.height, image.width, layout, preset)
    rows, columns = image.height / height, image.width / width
    if preset is Preset.PT_IMAGENET or min(rows, columns) < 1:
        resample = Image.Resampling.BILINEAR
    elif min(rows, columns) >= _MANY or (rows.is_integer() and columns.is_integer()):
        resample = Image.Resampling.BOX
    else:
        resample = Image.Resampling.HAMMING
    image = image if image.size == (width, height) else image.resize((width, height), resample)
    if preset is None:
        return image
    top, left = _start(height, layout.height, preset), _start(width, layout.width, preset)
    return image.crop((left, top, left + layout.width, top + layout.height))


def _start(size: int, wanted: int, preset: Preset) -> int:
    """Where the middle of a side begins: to the nearest even number in torchvision, rounded down in Caffe's scripts."""
    return round((size - wanted) / 2) if preset is Preset.PT_IMAGENET else (size - wanted) // 2


def _target(height: int, width: int, layout: ImageLayout, preset: Preset | None) -> tuple[int, int]:
    """The size that an image is resized to: it covers the crop and its margin, and keeps its proportions."""
    if preset is None:
        return layout.height, layout.width
    least_height, least_width = int(layout.height / CROP), int(layout.width / CROP)
    if width * least_height <= height * least_width:
        return max(least_height, int(least_width * height / width)), least_width
    return least_height, max(least_width, int(least_height * width / height))
