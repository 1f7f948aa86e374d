"""One member of every keras.applications family, with random weights, at a size that runs quickly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import keras
import numpy as np

from zoo.cases import Builder, KerasCase
from zoo.randomize import randomize


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """How one network is built: constructor name, input height and width (None = dynamic), range of its pixels."""

    constructor: str
    size: tuple[int | None, int | None]
    top: bool = True
    pixels: tuple[float, float] = (-1.0, 1.0)


BYTES = (0.0, 255.0)

MEMBERS = {
    "mobilenet_v2": Member(constructor="MobileNetV2", size=(224, 224)),
    "resnet50": Member(constructor="ResNet50", size=(224, 224)),
    "mobilenet": Member(constructor="MobileNet", size=(128, 128)),
    "mobilenet_v3_small": Member(constructor="MobileNetV3Small", size=(128, 128), pixels=BYTES),
    "resnet50_v2": Member(constructor="ResNet50V2", size=(96, 96)),
    "efficientnet_b0": Member(constructor="EfficientNetB0", size=(128, 128), pixels=BYTES),
    "efficientnet_v2_b0": Member(constructor="EfficientNetV2B0", size=(128, 128), pixels=BYTES),
    "densenet121": Member(constructor="DenseNet121", size=(96, 96)),
    "inception_v3": Member(constructor="InceptionV3", size=(139, 139)),
    "xception": Member(constructor="Xception", size=(127, 127)),
    "nasnet_mobile": Member(constructor="NASNetMobile", size=(96, 96)),
    "convnext_tiny": Member(constructor="ConvNeXtTiny", size=(96, 96), pixels=BYTES),
    "inception_resnet_v2": Member(constructor="InceptionResNetV2", size=(107, 107)),
    "vgg16": Member(constructor="VGG16", size=(64, 64)),
    "mobilenet_v2_odd": Member(constructor="MobileNetV2", size=(97, 131), top=False),
    "resnet50_dynamic": Member(constructor="ResNet50", size=(None, None), top=False),
}


def _build(member: Member, rng: np.random.Generator) -> KerasCase:
    constructor = getattr(keras.applications, member.constructor)
    model = constructor(weights=None, include_top=member.top, input_shape=(*member.size, 3))
    height, width = member.size[0] or 75, member.size[1] or 101

    def images(n: int) -> np.ndarray:
        # Smooth pictures, not white noise: what strides and pads do shows in them.
        coarse = rng.uniform(*member.pixels, (n, 9, 9, 3)).astype(np.float32)
        fine = rng.uniform(*member.pixels, (n, height, width, 3)).astype(np.float32)
        rows = np.arange(height) * 9 // height
        columns = np.arange(width) * 9 // width
        return 0.7 * coarse[:, rows][:, :, columns] + 0.3 * fine

    randomize(model, images(6), rng)
    return KerasCase(model=model, feeds=lambda n: [images(n)])


BUILDERS: dict[str, Builder] = {name: partial(_build, member) for name, member in MEMBERS.items()}
