"""One case of calibration_data.py: reads the images of a folder as a network's inputs and ends.

python calibration_data_case.py {modelwright,pillow} FOLDER COUNT
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

SIDE = 224
MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


def with_modelwright(folder: Path, count: int) -> None:
    """The way of calibration: torchvision's preset, one image a batch."""
    from modelwright.formats import TensorSpec
    from modelwright.quantize.data.open import open_feeds
    from modelwright.quantize.data.settings import DataSettings, InputData, Preset

    entry = InputData(path=str(folder), preset=Preset.PT_IMAGENET)
    spec = TensorSpec(name="x", dtype="float32", shape=(1, 3, SIDE, SIDE))
    for _ in open_feeds(DataSettings(inputs=(entry,), batches=count), [spec]):
        pass


def with_pillow(folder: Path, count: int) -> None:
    """The shortest way in Pillow and numpy to the same numbers."""
    from PIL import Image

    mean, std = np.array(MEAN, np.float32), np.array(STD, np.float32)
    for path in sorted(folder.iterdir())[:count]:
        image = Image.open(path).convert("RGB")
        scale = 256 / min(image.size)
        image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BILINEAR)
        left, top = (image.width - SIDE) // 2, (image.height - SIDE) // 2
        pixels = np.asarray(image.crop((left, top, left + SIDE, top + SIDE)), np.float32)
        np.ascontiguousarray(((pixels - mean) / std).transpose(2, 0, 1)[None])


if __name__ == "__main__":
    {"modelwright": with_modelwright, "pillow": with_pillow}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
