"""Images resized, and sampled at given places."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.backends.mindir.ops.resizing_open import Along, OpenAxis, resized
from modelwright.backends.mindir.ops.resizing_plan import Planned, by_factors, by_sizes
from modelwright.backends.mindir.terms import cast, transpose
from modelwright.errors import ConversionError
from modelwright.passes.opset.interpolation import Method, weights_of


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
    """Interpolation as products with matrices, one a dimension, or of neighbours at computed places."""
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
    if sizes is not None:
        plan = by_sizes(e, x, along, sizes, keep_aspect_ratio_policy)
    elif scales is not None:
        plan = by_factors(e, x, along, scales, coordinate_transformation_mode)
    else:
        raise ConversionError("it has neither factors nor sizes")
    term = e.term(x) if mode == "nearest" else cast(e, e.term(x), ir.DataType.FLOAT)
    for axis, entry in zip(along, plan, strict=True):
        term = _resized(e, term, Along(rank=len(shape), axis=axis), entry, method)
    return term if mode == "nearest" else cast(e, term, e.kind(x).dtype)


def _resized(e: Emitter, term: Term, along: Along, entry: Planned, method: Method) -> Term:
    """A tensor resized along an axis."""
    if entry is None:
        return term
    if isinstance(entry, OpenAxis):
        if method.antialias and method.mode != "nearest":
            raise ConversionError("antialias between sizes that are not known", hint="fix the sizes of the inputs")
        return resized(e, term, along, entry, method)
    matrix = weights_of(entry, method)
    if method.mode == "nearest":
        return e.op("Gather", term, e.weight(matrix.argmax(1)), along.axis, 0)
    return _times(e, term, along, matrix)


def _times(e: Emitter, term: Term, along: Along, matrix: np.ndarray) -> Term:
    """A product with a matrix along an axis."""
    order = [*(place for place in range(along.rank) if place != along.axis), along.axis]
    found = e.op("MatMulExt", transpose(e, term, order), e.weight(np.ascontiguousarray(matrix.T, np.float32)))
    return transpose(e, found, [int(place) for place in np.argsort(order)])
