"""SSD's prior boxes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import onnx_ir as ir

from modelwright.frontends.caffe.builder import CaffeBuilder
from modelwright.frontends.caffe.operators import caffe_layer

_SAME = 1e-6


@caffe_layer("PriorBox", param="prior_box_param")
def prior_box(
    op: CaffeBuilder,
    features: ir.Value,
    image: ir.Value,
    *,
    min_size: Sequence[float],
    max_size: Sequence[float] = (),
    aspect_ratio: Sequence[float] = (),
    flip: bool = True,
    clip: bool = False,
    variance: Sequence[float] = (0.1,),
    img_size: int = 0,
    img_h: int = 0,
    img_w: int = 0,
    step: float = 0.0,
    step_h: float = 0.0,
    step_w: float = 0.0,
    offset: float = 0.5,
) -> ir.Value:
    """Boxes around each place of the features and their variances, a constant ``[1, 2, H * W * boxes * 4]``.

    Sizes are in pixels of the image and cut to whole ones; corners are divided by the image's size.
    """
    if max_size and len(max_size) != len(min_size):
        raise op.fail(f"has {len(min_size)} min_size but {len(max_size)} max_size")
    if len(variance) not in (1, 4):
        raise op.fail(f"has {len(variance)} variances", hint="give one, or one for each of the four coordinates")
    height, width = op.sizes(features, [2, 3])
    rows, columns = (img_h or img_size, img_w or img_size) if (img_h or img_w or img_size) else op.sizes(image, [2, 3])
    down, right = (step, step) if step else (step_h, step_w)
    if not (down and right):
        down, right = rows / height, columns / width
    sizes = np.array(list(_sizes(min_size, max_size, _ratios(aspect_ratio, flip=flip))), np.float32)
    op.check_computed(height * width * len(sizes) * 8)
    centre_y = (np.arange(height, dtype=np.float32) + np.float32(offset)) * np.float32(down)
    centre_x = (np.arange(width, dtype=np.float32) + np.float32(offset)) * np.float32(right)
    boxes = np.empty((height, width, len(sizes), 4), np.float64)
    for place, (centre, axis, whole) in enumerate(((centre_x, 1, columns), (centre_y, 0, rows))):
        middle = centre.astype(np.float64).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
        half = sizes[:, place].astype(np.float64) / 2
        boxes[..., place], boxes[..., place + 2] = (middle - half) / whole, (middle + half) / whole
    corners = boxes.astype(np.float32)
    if clip:
        corners = corners.clip(0, 1)
    spread = np.broadcast_to(np.array(variance, np.float32), corners.shape)
    return op.constant(np.stack([corners.reshape(-1), spread.reshape(-1)])[None])


def _ratios(given: Sequence[float], *, flip: bool) -> list[float]:
    """Aspect ratios other than 1, each once, in float32 as Caffe keeps them."""
    found = [1.0]
    for ratio in (float(np.float32(item)) for item in given):
        if any(abs(ratio - other) < _SAME for other in found):
            continue
        found += [ratio, float(np.float32(1 / ratio))] if flip else [ratio]
    return [ratio for ratio in found if abs(ratio - 1) >= _SAME]


def _sizes(least: Sequence[float], most: Sequence[float], ratios: Sequence[float]) -> Iterator[tuple[float, float]]:
    """Widths and heights of the boxes at one place: the square, the larger square, then the ratios, for each size."""
    for index, item in enumerate(least):
        size = int(item)
        yield size, size
        if most:
            larger = math.sqrt(size * int(most[index]))
            yield larger, larger
        for ratio in ratios:
            yield size * math.sqrt(ratio), size / math.sqrt(ratio)
