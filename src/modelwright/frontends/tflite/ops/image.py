"""Resizing, and moving blocks of pixels into channels and batches and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tflite.builder import TFLiteBuilder
from modelwright.frontends.tflite.operators import tflite_op
from modelwright.frontends.tflite.ops.shape import amounts


@tflite_op("RESIZE_BILINEAR")
def resize_bilinear(
    op: TFLiteBuilder, x: ir.Value, size: ir.Value, *, align_corners: bool = False, half_pixel_centers: bool = False
) -> ir.Value:
    """Linear interpolation between four pixels."""
    mode = _coordinates(op, align_corners=align_corners, half_pixel_centers=half_pixel_centers)
    return _resize(op, x, size, mode="linear", coordinate_transformation_mode=mode)


@tflite_op("RESIZE_NEAREST_NEIGHBOR")
def resize_nearest_neighbor(
    op: TFLiteBuilder, x: ir.Value, size: ir.Value, *, align_corners: bool = False, half_pixel_centers: bool = False
) -> ir.Value:
    """One pixel for each of the result.

    With known sizes for which ONNX would round to another pixel, rows and columns are gathered instead.
    """
    picks = _picks(op, x, size, align_corners=align_corners, half_pixel_centers=half_pixel_centers)
    if picks is not None:
        return op.gather(op.gather(x, picks[0], axis=1), picks[1], axis=2)
    mode = _coordinates(op, align_corners=align_corners, half_pixel_centers=half_pixel_centers)
    rounding = "floor" if mode == "asymmetric" else "round_prefer_ceil"
    return _resize(op, x, size, mode="nearest", coordinate_transformation_mode=mode, nearest_mode=rounding)


def _coordinates(op: TFLiteBuilder, *, align_corners: bool, half_pixel_centers: bool) -> str:
    if align_corners and half_pixel_centers:
        raise op.fail("asks for align_corners and half_pixel_centers at once")
    return "align_corners" if align_corners else "half_pixel" if half_pixel_centers else "asymmetric"


def _resize(op: TFLiteBuilder, x: ir.Value, size: ir.Value, **attributes: object) -> ir.Value:
    first = op.first(x)
    target = op.concat([op.slice(op.shape_of(first), [0], [2], [0]), op.int64(size)], 0)
    return op.last(op.Resize(first, None, None, target, **attributes), 4)


def _picks(
    op: TFLiteBuilder, x: ir.Value, size: ir.Value, *, align_corners: bool, half_pixel_centers: bool
) -> tuple[list[int], list[int]] | None:
    """Rows and columns to gather unless every factor is whole; None when one size is unknown."""
    shape, target = op.shape(x), op.constant_value(size)
    if shape is None or target is None:
        return None
    pairs = list(zip(shape[1:3], target.reshape(-1).tolist(), strict=True))
    if all(isinstance(before, int) and before and after % before == 0 for before, after in pairs) and not align_corners:
        return None
    picks: list[list[int]] = []
    for before, after in pairs:
        if not isinstance(before, int):
            return None
        places = np.arange(after, dtype=np.float32) + np.float32(0.5 if half_pixel_centers else 0)
        if align_corners and after > 1:
            places = places * (np.float32(before - 1) / np.float32(after - 1))
            places = np.floor(places + np.float32(0.5))
        else:
            places = np.floor(places * (np.float32(before) / np.float32(after)))
        picks.append(np.clip(places, 0, before - 1).astype(np.int64).tolist())
    return picks[0], picks[1]


@tflite_op("SPACE_TO_DEPTH")
def space_to_depth(op: TFLiteBuilder, x: ir.Value, *, block_size: int) -> ir.Value:
    """Blocks of pixels become channels, the pixel before the channel as in ONNX."""
    return op.last(op.SpaceToDepth(op.first(x), blocksize=block_size), 4)


@tflite_op("DEPTH_TO_SPACE")
def depth_to_space(op: TFLiteBuilder, x: ir.Value, *, block_size: int) -> ir.Value:
    """Channels become blocks of pixels."""
    return op.last(op.DepthToSpace(op.first(x), blocksize=block_size, mode="DCR"), 4)


@tflite_op("SPACE_TO_BATCH_ND")
def space_to_batch(op: TFLiteBuilder, x: ir.Value, block: ir.Value, paddings: ir.Value) -> ir.Value:
    """Pads, and moves the places inside blocks in front of the batch: ``[b1 * b2 * N, H / b1, W / b2, ...]``."""
    sizes = op.need_ints(block, "the block")
    rank, count = op.need_rank(x), len(sizes)
    padded = op.pad(x, _spatial_amounts(op, paddings, rank, count))
    shape = _known(op, padded)
    inner: list[int | str | None] = [shape[0]]
    for size, step in zip(shape[1 : count + 1], sizes, strict=True):
        inner += [size // step if isinstance(size, int) else None, step]
    split = _reshape(op, padded, [*inner, *shape[count + 1 :]])
    order = [*range(2, 2 * count + 1, 2), 0, *range(1, 2 * count, 2), *range(2 * count + 1, rank + count)]
    turned = op.transpose(split, order)
    target = [_product([*sizes, shape[0]]), *inner[1::2], *shape[count + 1 :]]
    return _reshape(op, turned, target)


@tflite_op("BATCH_TO_SPACE_ND")
def batch_to_space(op: TFLiteBuilder, x: ir.Value, block: ir.Value, crops: ir.Value) -> ir.Value:
    """The way back of ``SPACE_TO_BATCH_ND``; ``crops`` are cut off."""
    sizes = op.need_ints(block, "the block")
    rank, count = op.need_rank(x), len(sizes)
    shape = _known(op, x)
    batch = shape[0] // int(np.prod(sizes)) if isinstance(shape[0], int) else None
    split = _reshape(op, x, [*sizes, batch, *shape[1:]])
    order = [count, *(axis for i in range(count) for axis in (count + 1 + i, i)), *range(2 * count + 1, rank + count)]
    turned = op.transpose(split, order)
    spread = [size * step if isinstance(size, int) else None for size, step in zip(shape[1:], sizes, strict=False)]
    joined = _reshape(op, turned, [batch, *spread, *shape[count + 1 :]])
    cut = np.asarray(op.need_constant(crops, "the crops"), np.int64)
    if not cut.any():
        return joined
    ends = [None if end == 0 else -int(end) for end in cut[:, 1]]
    return op.slice(joined, cut[:, 0].tolist(), ends, list(range(1, count + 1)))


def _spatial_amounts(op: TFLiteBuilder, paddings: ir.Value, rank: int, count: int) -> ir.Value:
    known = op.constant_value(paddings)
    after = rank - count - 1
    if known is not None:
        begins, ends = np.asarray(known, np.int64).T.tolist()
        return op.ints([0, *begins, *([0] * after), 0, *ends, *([0] * after)])
    flat = amounts(op, paddings)
    one, rest = op.ints(0), op.ints([0] * after)
    return op.concat([one, op.slice(flat, [0], [count]), rest, one, op.slice(flat, [count], [None]), rest], 0)


def _known(op: TFLiteBuilder, x: ir.Value) -> tuple[int | str | None, ...]:
    shape = op.shape(x)
    if shape is None:
        raise op.fail("the rank of its input is unknown", hint="convert with fixed input shapes")
    return shape


def _product(sizes: Sequence[int | str | None]) -> int | None:
    known = [size for size in sizes if isinstance(size, int)]
    return int(np.prod(known)) if len(known) == len(sizes) else None


def _reshape(op: TFLiteBuilder, x: ir.Value, sizes: Sequence[int | str | None]) -> ir.Value:
    target = [size if isinstance(size, int) else -1 for size in sizes]
    if target.count(-1) > 1:
        raise op.fail("several of its sizes are known at run time only", hint="convert with fixed input shapes")
    return op.reshape(x, target)
