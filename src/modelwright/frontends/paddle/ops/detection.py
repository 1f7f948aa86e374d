"""Regions and boxes: region alignment and pooling, decoding of YOLO heads and of boxes."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op


def _int(op: PaddleBuilder, number: int) -> ir.Value:
    return op.constant(np.asarray(number, np.int64))


def image_of_rows(op: PaddleBuilder, counts: ir.Value) -> ir.Value:
    """The image of each row, where the counts say how many rows each image has."""
    ends = op.CumSum(op.vector(counts), _int(op, 0))
    total = op.reduce("ReduceMax", ends, None, keepdims=False)
    rows = op.Range(_int(op, 0), total, _int(op, 1))
    passed = op.LessOrEqual(op.unsqueeze(ends, [0]), op.unsqueeze(rows, [1]))
    return op.reduce("ReduceSum", op.cast(passed, ir.DataType.INT64), [1], keepdims=False)


def _images(op: PaddleBuilder, boxes: ir.Value, counts: ir.Value | None) -> ir.Value:
    if counts is not None:
        return image_of_rows(op, counts)
    return op.Expand(_int(op, 0), op.dim_of(boxes, 0))


@paddle_op("roi_align")
def roi_align(
    op: PaddleBuilder,
    x: ir.Value,
    boxes: ir.Value,
    counts: ir.Value | None = None,
    *,
    pooled_height: int = 1,
    pooled_width: int = 1,
    spatial_scale: float = 1.0,
    sampling_ratio: int = -1,
    aligned: bool = False,
) -> ir.Value:
    """The average of samples in each bin of regions; aligned ones are moved by half a pixel."""
    attributes: dict[str, object] = {}
    if op.opset >= 16:
        attributes["coordinate_transformation_mode"] = "half_pixel" if aligned else "output_half_pixel"
    elif aligned:
        op.need_opset(16, "aligned RoiAlign")
    return op.RoiAlign(
        x,
        boxes,
        _images(op, boxes, counts),
        output_height=pooled_height,
        output_width=pooled_width,
        spatial_scale=spatial_scale,
        sampling_ratio=max(sampling_ratio, 0),
        **attributes,
    )


@paddle_op("roi_pool")
def roi_pool(
    op: PaddleBuilder,
    x: ir.Value,
    boxes: ir.Value,
    counts: ir.Value | None = None,
    *,
    pooled_height: int = 1,
    pooled_width: int = 1,
    spatial_scale: float = 1.0,
) -> ir.Value:
    """The maximum of each bin of regions."""
    image = op.unsqueeze(op.cast(_images(op, boxes, counts), op.dtype(boxes)), [1])
    return op.MaxRoiPool(
        x, op.concat([image, boxes], 1), pooled_shape=[pooled_height, pooled_width], spatial_scale=spatial_scale
    )


@paddle_op("yolo_box")
def yolo_box(
    op: PaddleBuilder,
    x: ir.Value,
    image_size: ir.Value,
    *,
    anchors: list[int],
    class_num: int,
    conf_thresh: float,
    downsample_ratio: int,
    clip_bbox: bool = True,
    scale_x_y: float = 1.0,
    iou_aware: bool = False,
    iou_aware_factor: float = 0.5,
) -> tuple[ir.Value, ir.Value]:
    """Boxes in pixels ``[N, A * H * W, 4]`` and scores ``[N, A * H * W, classes]`` of a YOLO head.

    Where the confidence is below the threshold both are 0.
    """
    count = len(anchors) // 2
    height, width = op.dim_of(x, 2), op.dim_of(x, 3)
    batch = op.dim_of(x, 0)
    quality: ir.Value | None = None
    if iou_aware:
        quality = op.unsqueeze(op.slice(x, [0], [count], [1]), [2])
        x = op.slice(x, [count], [None], [1])
    heads = op.reshape(x, op.concat([batch, op.ints(count, 5 + class_num), height, width], 0))
    px, py, pw, ph, confidence = (op.slice(heads, [index], [index + 1], [2]) for index in range(5))
    confidence = op.Sigmoid(confidence)
    if quality is not None:
        kept, power = op.scalar(1 - iou_aware_factor, x), op.scalar(iou_aware_factor, x)
        confidence = op.Mul(op.Pow(confidence, kept), op.Pow(op.Sigmoid(quality), power))
    size = op.cast(image_size, op.dtype(x))
    tall, wide = (op.reshape(op.gather(size, [index], 1), [-1, 1, 1, 1, 1]) for index in (0, 1))
    across = _centers(op, px, width, scale_x_y, [1, 1, 1, 1, -1])
    down = _centers(op, py, height, scale_x_y, [1, 1, 1, -1, 1])
    sizes = np.asarray(anchors, np.float32).reshape(-1, 2)
    half_width = _half(op, pw, sizes[:, 0], width, downsample_ratio)
    half_height = _half(op, ph, sizes[:, 1], height, downsample_ratio)
    sides = [
        op.Mul(op.Sub(across, half_width), wide),
        op.Mul(op.Sub(down, half_height), tall),
        op.Mul(op.Add(across, half_width), wide),
        op.Mul(op.Add(down, half_height), tall),
    ]
    if clip_bbox:
        sides = _inside(op, sides, wide, tall)
    sure = op.cast(op.Not(op.Less(confidence, op.scalar(conf_thresh, x))), op.dtype(x))
    boxes = op.Mul(op.concat(sides, 2), sure)
    scores = op.Mul(op.Mul(op.Sigmoid(op.slice(heads, [5], [None], [2])), confidence), sure)
    return _rows(op, boxes, batch, 4), _rows(op, scores, batch, class_num)


def _centers(op: PaddleBuilder, x: ir.Value, size: ir.Value, scale: float, shape: list[int]) -> ir.Value:
    """Centers of boxes as parts of the image: the cell, plus where in it."""
    cells = op.cast(op.Range(_int(op, 0), op.squeeze(size, [0]), _int(op, 1)), op.dtype(x))
    spot = op.Sigmoid(x)
    if scale != 1.0:
        spot = op.Add(op.Mul(spot, op.scalar(scale, x)), op.scalar(-0.5 * (scale - 1.0), x))
    return op.Div(op.Add(spot, op.reshape(cells, shape)), op.cast(op.squeeze(size, [0]), op.dtype(x)))


def _half(op: PaddleBuilder, x: ir.Value, anchors: np.ndarray, size: ir.Value, ratio: int) -> ir.Value:
    """Half the extent of boxes as parts of the image."""
    whole = op.cast(op.Mul(op.squeeze(size, [0]), _int(op, ratio)), op.dtype(x))
    scaled = op.Div(op.constant((anchors / 2).reshape(1, -1, 1, 1, 1).astype(op.dtype(x).numpy())), whole)
    return op.Mul(op.Exp(x), scaled)


def _inside(op: PaddleBuilder, sides: list[ir.Value], wide: ir.Value, tall: ir.Value) -> list[ir.Value]:
    zero, one = op.scalar(0, sides[0]), op.scalar(1, sides[0])
    low = [op.Max(side, zero) for side in sides[:2]]
    high = [op.Min(side, op.Sub(limit, one)) for side, limit in zip(sides[2:], (wide, tall), strict=True)]
    return low + high


def _rows(op: PaddleBuilder, x: ir.Value, batch: ir.Value, size: int) -> ir.Value:
    """``[N, A, size, H, W]`` as ``[N, A * H * W, size]``."""
    return op.reshape(op.transpose(x, [0, 1, 3, 4, 2]), op.concat([batch, op.ints(-1, size)], 0))


@paddle_op("box_coder")
def box_coder(
    op: PaddleBuilder,
    prior: ir.Value,
    prior_variance: ir.Value | None,
    target: ir.Value,
    *,
    code_type: str = "encode_center_size",
    box_normalized: bool = True,
    axis: int = 0,
    variance: list[float] | None = None,
) -> ir.Value:
    """Differences from boxes as boxes, or boxes as differences."""
    more = 0.0 if box_normalized else 1.0
    if prior_variance is None:
        prior_variance = op.constant(np.asarray(variance or [1.0] * 4, np.float32))
    if "decode" in code_type:
        return _decoded(op, prior, prior_variance, target, axis, more)
    return _encoded(op, prior, prior_variance, target, more)


def _centered(op: PaddleBuilder, boxes: ir.Value, more: float) -> tuple[ir.Value, ir.Value]:
    """Centers and sizes, ``[..., 2]`` each."""
    last = op.need_rank(boxes) - 1
    low, high = op.slice(boxes, [0], [2], [last]), op.slice(boxes, [2], [4], [last])
    size = op.Add(op.Sub(high, low), op.scalar(more, boxes))
    return op.Add(low, op.Mul(size, op.scalar(0.5, boxes))), size


def _decoded(
    op: PaddleBuilder, prior: ir.Value, variance: ir.Value, target: ir.Value, axis: int, more: float
) -> ir.Value:
    center, size = _centered(op, prior, more)
    center, size = (op.unsqueeze(item, [axis]) for item in (center, size))
    spread = op.unsqueeze(variance, [axis]) if op.need_rank(variance) == 2 else variance
    moved = op.Mul(target, spread)
    last = op.need_rank(target) - 1
    middle = op.Add(op.Mul(op.slice(moved, [0], [2], [last]), size), center)
    extent = op.Mul(op.Exp(op.slice(moved, [2], [4], [last])), size)
    half = op.Mul(extent, op.scalar(0.5, target))
    high = op.Sub(op.Add(middle, half), op.scalar(more, target))
    return op.concat([op.Sub(middle, half), high], last)


def _encoded(op: PaddleBuilder, prior: ir.Value, variance: ir.Value, target: ir.Value, more: float) -> ir.Value:
    center, size = (op.unsqueeze(item, [0]) for item in _centered(op, prior, more))
    low, high = op.slice(target, [0], [2], [1]), op.slice(target, [2], [4], [1])
    middle = op.unsqueeze(op.Mul(op.Add(low, high), op.scalar(0.5, target)), [1])
    extent = op.unsqueeze(op.Add(op.Sub(high, low), op.scalar(more, target)), [1])
    moved = op.Div(op.Sub(middle, center), size)
    scaled = op.Log(op.Abs(op.Div(extent, size)))
    spread = op.unsqueeze(variance, [0]) if op.need_rank(variance) == 2 else variance
    return op.Div(op.concat([moved, scaled], 2), spread)


@paddle_op("box_clip")
def box_clip(op: PaddleBuilder, boxes: ir.Value, image: ir.Value) -> ir.Value:
    """Boxes within an image, whose height, width and scale are given; one image."""
    size = op.reshape(op.slice(image, [0], [1], [0]), [-1])
    tall, wide, scale = (op.gather(size, index) for index in range(3))
    limits = [op.Sub(_rounded(op, op.Div(item, scale)), op.scalar(1, boxes)) for item in (wide, tall)]
    limit = op.concat([op.reshape(limits[index % 2], [1]) for index in range(4)], 0)
    return op.Max(op.Min(boxes, limit), op.scalar(0, boxes))


def _rounded(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    return op.Floor(op.Add(x, op.scalar(0.5, x)))
