"""The presets of ``preprocess_file``: how images are resized and cropped, and the numbers that belong to each.

PT_IMAGENET is what torchvision documents for its ImageNet weights (``ResNet50_Weights.IMAGENET1K_V1.transforms()``):
shorter side to 256, crop the middle 224 x 224, divide by 255, subtract (0.485, 0.456, 0.406), divide by (0.229, 0.224,
0.225), channels in RGB. In units of 0 to 255 that is (123.675, 116.28, 103.53) and (58.395, 57.12, 57.375).

IMAGENET is what Caffe's models take (``bvlc_reference_caffenet``, VGG's ``deploy.prototxt``; TF-slim's
``vgg_preprocessing`` in RGB): the same geometry, channels in BGR, minus VGG's mean pixel (103.94, 116.78, 123.68), not
divided.

Other sizes keep the proportion: the crop is 0.875 (224 / 256) of what the image is resized to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from modelwright.quantize.data.settings import Color, Preset

CROP: Final = 0.875
"""Side of the crop divided by the side that the image is resized to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalization:
    """Channel order, and what is subtracted from and divided out of pixels of 0 to 255, in that order."""

    color: Color
    mean: tuple[float, ...] | None
    std: tuple[float, ...] | None


_OWN: Final = {
    Preset.PT_IMAGENET: Normalization(color=Color.RGB, mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375)),
    Preset.IMAGENET: Normalization(color=Color.BGR, mean=(103.94, 116.78, 123.68), std=None),
}


def normalization(
    preset: Preset | None,
    *,
    color: Color | None,
    mean: tuple[float, ...] | None,
    std: tuple[float, ...] | None,
) -> Normalization:
    """What is done to the pixels: what the entry says; where it gives no numbers, the preset's, in its channel order.

    Args:
        preset: The entry's preset.
        color: The entry's order; None is the preset's where its numbers are used, else BGR.
        mean: The entry's means.
        std: The entry's deviations.
    """
    if preset is None or mean is not None or std is not None:
        return Normalization(color=color or Color.BGR, mean=mean, std=std)
    own = _OWN[preset]
    if color in (None, own.color):
        return own
    return Normalization(color=color or own.color, mean=_reversed(own.mean), std=_reversed(own.std))


def _reversed(values: tuple[float, ...] | None) -> tuple[float, ...] | None:
    return None if values is None else values[::-1]
