"""Images resized, and sampled at given places."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.backends.mindir.terms import cast, transpose
from modelwright.errors import ConversionError
from modelwright.formats import Dim
from modelwright.passes.opset.interpolation import Axis, Method, weights_of


@mind_op("GridSample")
def grid_sample(
    e: Emitter,
    x: ir.Value,
    grid: ir.Value,
    *,
    align_corners: int = 0,
    mode: str = "linear",
    padding_mode: str = "zeros",
) -> Term:
    """Samples of images at given places."""
    pads = {"zeros": 0, "border": 1, "reflection": 2}
    if len(e.kind(x).shape) != 4 or mode not in ("linear", "bilinear"):
        raise ConversionError(
            f"its mode is {mode} over {len(e.kind(x).shape) - 2} dimensions; MindSpore samples images linearly"
        )
    return e.op("GridSampler2D", e.term(x), e.term(grid), 0, pads[padding_mode], bool(align_corners))


@mind_op("Resize")
def resize(
    e: Emitter,
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
) -> Term:
    """Interpolation as products with matrices, one a dimension, so that every mode is exact."""
    if coordinate_transformation_mode == "tf_crop_and_resize" or (roi is not None and e.known(roi) is None):
        raise ConversionError("it crops", hint="write the crop as a Slice before it")
    del extrapolation_value
    shape = e.kind(x).shape
    method = Method(
        coordinates=coordinate_transformation_mode,
        mode=mode,
        rounding=nearest_mode,
        cubic=cubic_coeff_a,
        exclude_outside=bool(exclude_outside),
        antialias=bool(antialias),
    )
    along = list(range(len(shape))) if axes is None else [axis % len(shape) for axis in axes]
    term = cast(e, e.term(x), ir.DataType.FLOAT)
    plan = _plan([shape[axis] for axis in along], e.known(scales), _wanted(e, sizes), keep_aspect_ratio_policy)
    for axis, entry in zip(along, plan, strict=True):
        if entry is not None and method.coordinates == "align_corners" and entry.size * entry.scale % 1:
            raise ConversionError("align_corners with factors that give no whole size", hint="give sizes instead")
        if entry is not None:
            term = _times(e, term, len(shape), axis, weights_of(entry, method))
    return cast(e, term, e.kind(x).dtype)


def _wanted(e: Emitter, sizes: ir.Value | None) -> list[Dim] | None:
    found = None if sizes is None else e.shapes.contents(sizes)
    return None if found is None else list(found.ravel().tolist())


def _times(e: Emitter, term: Term, rank: int, axis: int, matrix: np.ndarray) -> Term:
    """A product with a matrix along an axis."""
    order = [*(place for place in range(rank) if place != axis), axis]
    found = e.op("MatMulExt", transpose(e, term, order), e.weight(np.ascontiguousarray(matrix.T, np.float32)))
    return transpose(e, found, [int(place) for place in np.argsort(order)])


def _plan(
    shape: Sequence[Dim], scales: np.ndarray | None, sizes: Sequence[Dim] | None, policy: str
) -> list[Axis | None]:
    """How each axis is resized; None where it stays, which needs no known size."""
    if scales is not None and scales.size:
        factors = [float(item) for item in scales.ravel()]
        return [None if factor == 1 else _scaled(size, factor) for size, factor in zip(shape, factors, strict=True)]
    if sizes is None:
        raise ConversionError("its new sizes are no constants, and MindSpore takes constants only")
    if policy == "stretch":
        return [None if after == size else _sized(size, after) for size, after in zip(shape, sizes, strict=True)]
    known = [(_number(size), _number(after)) for size, after in zip(shape, sizes, strict=True)]
    ratios = [after / size for size, after in known]
    ratio = min(ratios) if policy == "not_larger" else max(ratios)
    return [Axis(size=size, result=int(size * ratio + 0.5), scale=ratio) for size, _ in known]


def _scaled(size: Dim, factor: float) -> Axis:
    before = _number(size)
    return Axis(size=before, result=int(np.float32(before) * np.float32(factor)), scale=factor)


def _sized(size: Dim, after: Dim) -> Axis:
    return Axis(size=_number(size), result=_number(after), scale=_number(after) / _number(size))


def _number(size: Dim) -> int:
    if not isinstance(size, int):
        raise ConversionError("a size that it changes is not known", hint="fix the sizes of the inputs")
    return size
