"""Resizing, and blocks of pixels as channels."""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import LiteBuilder
from modelwright.backends.tflite.operators import window_op
from modelwright.backends.tflite.ops.convolution import channels_first, channels_last
from modelwright.hub.dtypes import FLOATS
from modelwright.passes.opset.interpolation import Axis, Method, outside, weights_of


@window_op("SpaceToDepth")
def space_to_depth(op: LiteBuilder, x: ir.Value, *, blocksize: int) -> ir.Value:
    """Blocks of pixels become channels."""
    shape = op.result_shape()
    last = None if shape is None else (shape[0], shape[2], shape[3], shape[1])
    return channels_first(op, op.SPACE_TO_DEPTH(channels_last(op, x), block_size=blocksize, shape=last), 4)


@window_op("DepthToSpace")
def depth_to_space(op: LiteBuilder, x: ir.Value, *, blocksize: int, mode: str = "DCR") -> ir.Value | None:
    """Channels become blocks of pixels, where the place in the block comes first in the channel's number."""
    if mode != "DCR":
        return None
    shape = op.result_shape()
    last = None if shape is None else (shape[0], shape[2], shape[3], shape[1])
    return channels_first(op, op.DEPTH_TO_SPACE(channels_last(op, x), block_size=blocksize, shape=last), 4)


@window_op("Resize")
def resize(
    op: LiteBuilder,
    x: ir.Value,
    roi: ir.Value | None = None,
    scales: ir.Value | None = None,
    sizes: ir.Value | None = None,
    *,
    antialias: int = 0,
    axes: list[int] | None = None,
    coordinate_transformation_mode: str = "half_pixel",
    cubic_coeff_a: float = -0.75,
    exclude_outside: int = 0,
    extrapolation_value: float = 0.0,
    keep_aspect_ratio_policy: str = "stretch",
    mode: str = "nearest",
    nearest_mode: str = "round_prefer_floor",
) -> ir.Value:
    """TFLite's resizing where it computes the same; else entries picked, or a product with weights, along each axis."""
    method = Method(
        coordinates=coordinate_transformation_mode,
        mode=mode,
        rounding=nearest_mode,
        cubic=cubic_coeff_a,
        exclude_outside=bool(exclude_outside),
        antialias=bool(antialias),
    )
    rank = op.need_rank(x)
    places = [axis % rank for axis in axes] if axes is not None else list(range(rank))
    open_sizes = _open_sizes(op, x, scales, places, method, rank)
    if open_sizes is None and keep_aspect_ratio_policy == "stretch":
        open_sizes = _computed_sizes(op, x, sizes, places, method, rank)
    if open_sizes is not None:
        return open_sizes
    plan = _plan(op, x, roi, scales, sizes, places, keep_aspect_ratio_policy, coordinate_transformation_mode)
    plan = {place: axis for place, axis in plan.items() if not _same(axis, method)}
    by_operator = _operator(op, x, plan, method, rank)
    if by_operator is not None:
        return by_operator
    result = x
    for place, axis in plan.items():
        result = _along(op, result, place, rank, weights_of(axis, method))
    beyond = {place: outside(axis, method) for place, axis in plan.items()}
    if any(mask.any() for mask in beyond.values()):
        return _extrapolated(op, result, rank, beyond, extrapolation_value)
    return result if result is not x else op.Identity(x)


_SIZES = (3, 4, 7, 10)
"""Sizes that stand for any, where weights depend on the factor alone."""


def _open_sizes(
    op: LiteBuilder, x: ir.Value, scales: ir.Value | None, places: list[int], method: Method, rank: int
) -> ir.Value | None:
    """Height and width that are not known, enlarged by whole factors: the size is computed while it runs."""
    shape, given = op.shape(x) or (None,) * rank, None if scales is None else op.constant_value(scales)
    if rank != 4 or all(isinstance(dim, int) for dim in shape[2:]) or given is None or given.size != len(places):
        return None
    factors = dict(zip(places, given.reshape(-1).tolist(), strict=True))
    if any(factors.get(axis, 1) != 1 for axis in (0, 1)) or any(
        factor % 1 or factor < 1 for factor in factors.values()
    ):
        return None
    options = _options_for(
        [
            Axis(size=size, result=int(size * factors.get(axis, 1)), scale=factors.get(axis, 1.0))
            for size in _SIZES
            for axis in (2, 3)
        ],
        method,
    )
    if options is None or (method.mode == "linear" and op.dtype(x) not in FLOATS):
        return None
    data = channels_last(op, x)
    sizes = op.pick(op.first(op.emit("SHAPE", [data], {"out_type": "int32"})), 1, 3)
    wanted = op.MUL(sizes, op.i32([int(factors.get(axis, 1)) for axis in (2, 3)]))
    result = op.emit(_NAMES[method.mode], [data, wanted], {**options, "shape": (shape[0], None, None, shape[1])})
    return channels_first(op, op.first(result), 4)


def _computed_sizes(
    op: LiteBuilder, x: ir.Value, sizes: ir.Value | None, places: list[int], method: Method, rank: int
) -> ir.Value | None:
    """Height and width that other tensors have while it runs: TFLite takes them as a tensor."""
    shape = op.shape(x) or (None,) * rank
    contents = None if sizes is None else op.shapes.contents(sizes)
    if sizes is None or contents is None or rank != 4 or not {2, 3} <= set(places):
        return None
    wanted = dict(zip(places, contents.reshape(-1).tolist(), strict=True))
    known = all(isinstance(size, int) for size in (*shape[2:], wanted[2], wanted[3]))
    if known or any(wanted.get(axis, shape[axis]) != shape[axis] or shape[axis] is None for axis in (0, 1)):
        return None
    options = _options_for(
        [Axis(size=size, result=result, scale=result / size) for size in _SIZES for result in _RESULTS], method
    )
    if options is None or (method.mode == "linear" and op.dtype(x) not in FLOATS):
        return None
    both = op.int32(op.gather(sizes, [places.index(axis) for axis in (2, 3)]))
    result = op.emit(
        _NAMES[method.mode],
        [channels_last(op, x), both],
        {**options, "shape": (shape[0], wanted[2], wanted[3], shape[1])},
    )
    return channels_first(op, op.first(result), 4)


_RESULTS = (2, 3, 5, 8, 14, 21)
"""Sizes that stand for any result."""

_NAMES = {"linear": "RESIZE_BILINEAR", "nearest": "RESIZE_NEAREST_NEIGHBOR"}


def _options_for(axes: list[Axis], method: Method) -> dict[str, int] | None:
    """The options under which TFLite's operator has the weights that are wanted, if any."""
    if method.mode not in _NAMES or any(outside(axis, method).any() for axis in axes):
        return None
    for options in ({}, {"half_pixel_centers": 1}, {"align_corners": 1}):
        if all(np.allclose(weights_of(axis, method), _weights(axis, method.mode, options), atol=1e-6) for axis in axes):
            return options
    return None


def _plan(
    op: LiteBuilder,
    x: ir.Value,
    roi: ir.Value | None,
    scales: ir.Value | None,
    sizes: ir.Value | None,
    places: list[int],
    policy: str,
    coordinates: str,
) -> dict[int, Axis]:
    """How each axis is resized; an axis whose factor is 1 needs no known size."""
    shape = op.shape(x) or ()
    count = len(places)
    region = [0.0] * count + [1.0] * count
    if coordinates == "tf_crop_and_resize" and roi is not None:
        region = [float(item) for item in op.need_constant(roi, "the region").reshape(-1)]
    given = None if scales is None else op.need_constant(scales, "the scales").reshape(-1)
    if given is not None and given.size:
        factors = [float(item) for item in given]
        kept = [factor == 1 and region[n] == 0 and region[n + count] == 1 for n, factor in enumerate(factors)]
        lengths = _lengths(op, x, [place for place, same in zip(places, kept, strict=True) if not same])
        results = [
            math.floor(np.float32(lengths.get(p, 1)) * np.float32(f)) for p, f in zip(places, factors, strict=True)
        ]
        if coordinates == "align_corners" and any(
            lengths.get(p, 1) * f % 1 for p, f in zip(places, factors, strict=True)
        ):
            raise op.fail("align_corners with scales that give no whole size", hint="give sizes instead of scales")
    else:
        if sizes is None:
            raise op.fail("neither scales nor sizes")
        results = [_target(op, sizes, number) for number in range(count)]
        kept = [result is None or result == shape[place] for place, result in zip(places, results, strict=True)]
        lengths = _lengths(op, x, [place for place, same in zip(places, kept, strict=True) if not same])
        factors = [(r or 1) / lengths.get(p, r or 1) for p, r in zip(places, results, strict=True)]
        if policy != "stretch":
            factor = min(factors) if policy == "not_larger" else max(factors)
            results = [math.floor(lengths.get(p, r or 1) * factor + 0.5) for p, r in zip(places, results, strict=True)]
            factors, kept = [factor] * count, [False] * count
            lengths = _lengths(op, x, places)
    return {
        place: Axis(
            size=lengths[place], result=results[n] or 0, scale=factors[n], start=region[n], end=region[n + count]
        )
        for n, place in enumerate(places)
        if not kept[n]
    }


def _target(op: LiteBuilder, sizes: ir.Value, number: int) -> int | None:
    """A size that is wanted; None for one that is that of the input, whatever it will be."""
    contents = op.shapes.contents(sizes)
    entry = None if contents is None else contents.reshape(-1)[number]
    if isinstance(entry, int):
        return entry
    data = op.node.inputs[0]
    shape = None if data is None else op.shape(data)
    if entry is not None and shape is not None and entry in shape:
        return None
    raise op.fail("the sizes are computed at run time", hint="give the inputs fixed shapes")


def _lengths(op: LiteBuilder, x: ir.Value, places: list[int]) -> dict[int, int]:
    shape = op.need_shape(x, places)
    return {place: shape[place] for place in places}


def _same(axis: Axis, method: Method) -> bool:
    return axis.size == axis.result and np.array_equal(weights_of(axis, method), np.eye(axis.size))


def _operator(op: LiteBuilder, x: ir.Value, plan: dict[int, Axis], method: Method, rank: int) -> ir.Value | None:
    """RESIZE_BILINEAR or RESIZE_NEAREST_NEIGHBOR with the options under which it has the same weights, if any."""
    if rank != 4 or not set(plan) <= {2, 3} or not plan:
        return None
    if method.mode == "linear" and op.dtype(x) not in FLOATS:
        return None
    options = _options_for(list(plan.values()), method)
    if options is None:
        return None
    shape = op.need_shape(x, [2, 3])
    size = [plan[place].result if place in plan else shape[place] for place in (2, 3)]
    known = op.shape(x) or (None, None)
    last = (known[0], *size, known[1])
    result = op.emit(_NAMES[method.mode], [channels_last(op, x), op.i32(size)], {**options, "shape": last})
    return channels_first(op, op.first(result), 4)


def _weights(axis: Axis, mode: str, options: dict[str, int]) -> np.ndarray:
    """What TFLite computes, by its kernels' formulas in float32."""
    factor = np.float32(axis.size) / np.float32(axis.result)
    if options.get("align_corners") and axis.result > 1:
        factor = np.float32(axis.size - 1) / np.float32(axis.result - 1)
    offset = np.float32(0.5 if options.get("half_pixel_centers") else 0)
    where = (np.arange(axis.result, dtype=np.float32) + offset) * factor
    if mode == "nearest":
        chosen = np.floor(where + 0.5) if options.get("align_corners") else np.floor(where)
        return np.eye(axis.size)[np.clip(chosen.astype(int), 0, axis.size - 1)]
    where = where - offset
    low, high = np.clip(np.floor(where), 0, axis.size - 1), np.clip(np.ceil(where), 0, axis.size - 1)
    part = where - np.floor(where) if options.get("half_pixel_centers") else where - low
    matrix = np.zeros((axis.result, axis.size))
    rows = np.arange(axis.result)
    np.add.at(matrix, (rows, low.astype(int)), 1 - part)
    np.add.at(matrix, (rows, high.astype(int)), part)
    return matrix


def _along(op: LiteBuilder, x: ir.Value, place: int, rank: int, matrix: np.ndarray) -> ir.Value:
    chosen = matrix.argmax(axis=1)
    if np.array_equal(matrix, np.eye(matrix.shape[1])[chosen]):
        return op.Gather(x, op.constant(chosen.astype(np.int64)), axis=place)
    if op.dtype(x) not in FLOATS:
        raise op.fail("whole numbers are interpolated", hint="cast to float32 in the model")
    weights = np.ascontiguousarray(matrix.T).astype(op.dtype(x).numpy())
    perm = [axis for axis in range(rank) if axis != place] + [place]
    back = [perm.index(axis) for axis in range(rank)]
    return op.transpose(op.MatMul(op.transpose(x, perm), weights), back)


def _extrapolated(op: LiteBuilder, x: ir.Value, rank: int, beyond: dict[int, np.ndarray], number: float) -> ir.Value:
    mask = np.zeros([1] * rank, bool)
    for place, out in beyond.items():
        mask = mask | out.reshape([-1 if axis == place else 1 for axis in range(rank)])
    return op.Where(op.constant(mask), op.scalar(number, x), x)
