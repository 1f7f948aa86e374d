"""Boxes around each place of a feature map: prior boxes and anchors."""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op


@paddle_op("prior_box")
def prior_box(
    op: PaddleBuilder,
    x: ir.Value,
    image: ir.Value,
    *,
    min_sizes: list[float],
    max_sizes: list[float],
    aspect_ratios: list[float],
    variances: list[float],
    flip: bool = True,
    clip: bool = True,
    step_w: float = 0.0,
    step_h: float = 0.0,
    offset: float = 0.5,
    min_max_aspect_ratios_order: bool = False,
) -> tuple[ir.Value, ir.Value]:
    """Boxes around each place of a feature map as parts of the image, ``[H, W, A, 4]``, and their variances."""
    rows, columns = (op.need_size(x, axis, "the feature map's size") for axis in (2, 3))
    tall, wide = (op.need_size(image, axis, "the image's size") for axis in (2, 3))
    steps = step_w or wide / columns, step_h or tall / rows
    sides = _prior_sides(min_sizes, max_sizes, _ratios(aspect_ratios, flip=flip), by_size=min_max_aspect_ratios_order)
    down, across = np.meshgrid(
        (np.arange(rows) + offset) * steps[1], (np.arange(columns) + offset) * steps[0], indexing="ij"
    )
    half = np.asarray(sides) / 2
    boxes = np.stack(
        [
            (across[..., None] - half[:, 0]) / wide,
            (down[..., None] - half[:, 1]) / tall,
            (across[..., None] + half[:, 0]) / wide,
            (down[..., None] + half[:, 1]) / tall,
        ],
        -1,
    )
    boxes = np.clip(boxes, 0, 1) if clip else boxes
    spread = np.broadcast_to(np.asarray(variances), boxes.shape)
    return op.constant(boxes.astype(np.float32)), op.constant(spread.astype(np.float32))


def _ratios(aspect_ratios: list[float], *, flip: bool) -> list[float]:
    """1 first, then each ratio that is not there yet, with its inverse if wanted."""
    found = [1.0]
    for ratio in aspect_ratios:
        if all(abs(ratio - item) >= 1e-6 for item in found):
            found += [ratio, 1.0 / ratio] if flip else [ratio]
    return found


def _prior_sides(
    min_sizes: list[float], max_sizes: list[float], ratios: list[float], *, by_size: bool
) -> list[tuple[float, float]]:
    """Width and height of the boxes of one place, in Paddle's order."""
    found: list[tuple[float, float]] = []
    for index, least in enumerate(min_sizes):
        shaped = [(least * math.sqrt(ratio), least / math.sqrt(ratio)) for ratio in ratios]
        square = [(math.sqrt(least * max_sizes[index]), math.sqrt(least * max_sizes[index]))] if max_sizes else []
        if by_size:
            others = [item for item, ratio in zip(shaped, ratios, strict=True) if abs(ratio - 1.0) >= 1e-6]
            found += [(least, least), *square, *others]
        else:
            found += [*shaped, *square]
    return found


@paddle_op("anchor_generator")
def anchor_generator(
    op: PaddleBuilder,
    x: ir.Value,
    *,
    anchor_sizes: list[float],
    aspect_ratios: list[float],
    variances: list[float],
    stride: list[float],
    offset: float = 0.5,
) -> tuple[ir.Value, ir.Value]:
    """Anchors in pixels around each place of a feature map, ``[H, W, A, 4]``, and their variances."""
    rows, columns = (op.need_size(x, axis, "the feature map's size") for axis in (2, 3))
    sides: list[tuple[float, float]] = []
    for ratio in aspect_ratios:
        for size in anchor_sizes:
            base = round(math.sqrt(stride[0] * stride[1] / ratio))
            tall = round(base * ratio)
            sides.append((size / stride[0] * base, size / stride[1] * tall))
    half = (np.asarray(sides) - 1) / 2
    across = np.arange(columns) * stride[0] + offset * (stride[0] - 1)
    down = np.arange(rows) * stride[1] + offset * (stride[1] - 1)
    y, z = np.meshgrid(down, across, indexing="ij")
    boxes = np.stack(
        [z[..., None] - half[:, 0], y[..., None] - half[:, 1], z[..., None] + half[:, 0], y[..., None] + half[:, 1]], -1
    )
    spread = np.broadcast_to(np.asarray(variances), boxes.shape)
    return op.constant(boxes.astype(np.float32)), op.constant(spread.astype(np.float32))
