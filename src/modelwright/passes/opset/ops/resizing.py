"""Resize and Upsample: what an older Resize cannot say becomes a Gather or a matrix product along each axis."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.passes.opset.adapters import lift, lower
from modelwright.passes.opset.builder import StepBuilder
from modelwright.passes.opset.interpolation import Axis, Method
from modelwright.passes.opset.resize_matrices import resize_by_matrices

_NEWER_COORDINATES = {"half_pixel_symmetric": 19}
_EMPTY = np.zeros(0, np.float32)


@lower("Resize", version=19)
@lower("Resize", version=18)
def lower_resize(
    op: StepBuilder,
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
) -> Any:
    """Some axes become all; antialiasing, symmetry and kept proportions become matrices."""
    method = _method(
        coordinate_transformation_mode, mode, nearest_mode, cubic_coeff_a, exclude_outside, antialias=antialias
    )
    strange = _NEWER_COORDINATES.get(method.coordinates, 1) > op.opset
    if op.opset >= 18 and not strange:
        return None
    if strange or antialias or keep_aspect_ratio_policy != "stretch":
        plan = _axes(op, x, roi, scales, sizes, axes=axes, policy=keep_aspect_ratio_policy)
        return resize_by_matrices(op, x, plan, method, extrapolation_value)
    if axes is None:
        return None
    full_roi, full_scales, full_sizes = _on_all_axes(op, x, roi, scales, sizes, axes)
    return op.Resize(
        x,
        full_roi,
        full_scales,
        full_sizes,
        coordinate_transformation_mode=coordinate_transformation_mode,
        cubic_coeff_a=cubic_coeff_a,
        exclude_outside=exclude_outside,
        extrapolation_value=extrapolation_value,
        mode=mode,
        nearest_mode=nearest_mode,
    )


@lower("Resize", version=13)
def lower_optional(
    op: StepBuilder,
    x: ir.Value,
    roi: ir.Value | None = None,
    scales: ir.Value | None = None,
    sizes: ir.Value | None = None,
    *,
    coordinate_transformation_mode: str = "half_pixel",
    cubic_coeff_a: float = -0.75,
    exclude_outside: int = 0,
    extrapolation_value: float = 0.0,
    mode: str = "nearest",
    nearest_mode: str = "round_prefer_floor",
) -> Any:
    """Inputs that are left out become empty ones."""
    if roi is not None and scales is not None:
        return None
    return op.Resize(
        x,
        op.constant(_EMPTY) if roi is None else roi,
        op.constant(_EMPTY) if scales is None else scales,
        sizes,
        coordinate_transformation_mode=coordinate_transformation_mode,
        cubic_coeff_a=cubic_coeff_a,
        exclude_outside=exclude_outside,
        extrapolation_value=extrapolation_value,
        mode=mode,
        nearest_mode=nearest_mode,
    )


@lower("Resize", version=11)
def lower_coordinates(
    op: StepBuilder,
    x: ir.Value,
    roi: ir.Value | None = None,
    scales: ir.Value | None = None,
    sizes: ir.Value | None = None,
    *,
    coordinate_transformation_mode: str = "half_pixel",
    cubic_coeff_a: float = -0.75,
    exclude_outside: int = 0,
    extrapolation_value: float = 0.0,
    mode: str = "nearest",
    nearest_mode: str = "round_prefer_floor",
) -> Any:
    """Enlarging, asymmetric, nearest below: as Resize-10 says it; everything else by Gather or matrices."""
    plain = coordinate_transformation_mode == "asymmetric" and mode == "nearest" and nearest_mode == "floor"
    factors = op.array(scales) if _given(op, scales) else None
    if plain and factors is not None and (factors >= 1).all():
        return op.Resize(x, scales, mode="nearest")
    method = _method(coordinate_transformation_mode, mode, nearest_mode, cubic_coeff_a, exclude_outside, antialias=0)
    plan = _axes(op, x, roi, scales, sizes, axes=None, policy="stretch")
    return resize_by_matrices(op, x, plan, method, extrapolation_value)


@lower("Resize", version=10)
def lower_to_upsample(op: StepBuilder, x: ir.Value, scales: ir.Value, *, mode: str = "nearest") -> Any:
    """The same under its older name, which enlarges only."""
    factors = op.array(scales)
    if factors is not None and (factors >= 1).all():
        return op.Upsample(x, scales, mode=mode)
    plan = _axes(op, x, None, scales, None, axes=None, policy="stretch")
    return resize_by_matrices(op, x, plan, _old_method(mode, plan), 0.0)


def _old_method(mode: str, plan: dict[int, Axis]) -> Method:
    """What Resize-10 does: from the first element on; the nearest above where it shrinks, as runtimes have it."""
    shrinks = all(axis.scale <= 1 for axis in plan.values())
    return Method(coordinates="asymmetric", mode=mode, rounding="ceil" if shrinks else "floor")


@lift("Upsample", version=10)
def lift_upsample(op: StepBuilder, x: ir.Value, scales: ir.Value, *, mode: str = "nearest") -> Any:
    """The same under its newer name."""
    return op.Resize(x, scales, mode=mode)


@lift("Upsample", version=9)
def lift_scales(op: StepBuilder, x: ir.Value, *, mode: str = "nearest", scales: list[float]) -> Any:
    """Factors become an input."""
    return op.Upsample(x, op.constant(np.asarray(scales, np.float32)), mode=mode)


@lift("Resize", version=11)
def lift_coordinates(op: StepBuilder, x: ir.Value, scales: ir.Value, *, mode: str = "nearest") -> Any:
    """What was the only way has a name now."""
    factors = op.array(scales)
    shrinks = factors is not None and (factors <= 1).all() and (factors < 1).any()
    return op.Resize(
        x,
        op.constant(_EMPTY),
        scales,
        mode=mode,
        coordinate_transformation_mode="asymmetric",
        nearest_mode="ceil" if shrinks else "floor",
    )


def _method(coordinates: str, mode: str, rounding: str, cubic: float, exclude: int, *, antialias: int) -> Method:
    return Method(
        coordinates=coordinates,
        mode=mode,
        rounding=rounding,
        cubic=cubic,
        exclude_outside=bool(exclude),
        antialias=bool(antialias),
    )


def _given(op: StepBuilder, value: ir.Value | None) -> bool:
    """Whether an input is there and not empty."""
    if value is None:
        return False
    array = op.array(value)
    return array is None or array.size > 0


def _axes(
    op: StepBuilder,
    x: ir.Value,
    roi: ir.Value | None,
    scales: ir.Value | None,
    sizes: ir.Value | None,
    *,
    axes: list[int] | None,
    policy: str,
) -> dict[int, Axis]:
    """How each axis that is named is resized.

    Raises:
        CannotSay: Sizes, factors or the region are not known.
    """
    rank = op.known_rank(x)
    places = [axis % rank for axis in axes] if axes is not None else list(range(rank))
    lengths = op.static(x, places)
    region = [0.0] * len(places) + [1.0] * len(places)
    if _given(op, roi):
        region = [float(item) for item in _known(op, roi, "roi")]
    if _given(op, scales):
        factors = [float(item) for item in _known(op, scales, "scales")]
        _refuse_partial(op, lengths, factors)
        results = [
            _length(n, f, region[i], region[i + len(places)])
            for i, (n, f) in enumerate(zip(lengths, factors, strict=True))
        ]
    else:
        results = [int(item) for item in _known(op, sizes, "sizes")]
        factors = [result / length for result, length in zip(results, lengths, strict=True)]
        if policy != "stretch":
            factor = min(factors) if policy == "not_larger" else max(factors)
            results = [math.floor(length * factor + 0.5) for length in lengths]
            factors = [factor] * len(places)
    return {
        place: Axis(size=lengths[i], result=results[i], scale=factors[i], start=region[i], end=region[i + len(places)])
        for i, place in enumerate(places)
    }


def _length(size: int, factor: float, start: float, end: float) -> int:
    del start, end
    return math.floor(np.float32(size) * np.float32(factor))


def _refuse_partial(op: StepBuilder, lengths: list[int], factors: list[float]) -> None:
    """Whether corners are those of the result or of its fractional length is left open by the standard."""
    corners = op.node.attributes.get("coordinate_transformation_mode")
    partial = any(not (size * factor).is_integer() for size, factor in zip(lengths, factors, strict=True))
    if partial and corners is not None and corners.as_string() == "align_corners":
        raise op.fail("runtimes do not agree on align_corners with scales that give no whole size", hint="give sizes")


def _known(op: StepBuilder, value: ir.Value | None, what: str) -> np.ndarray:
    array = op.array(value)
    if array is None:
        raise op.fail(f"its {what} are computed, and must be constant", hint="make them an initializer")
    return array.reshape(-1)


def _on_all_axes(
    op: StepBuilder,
    x: ir.Value,
    roi: ir.Value | None,
    scales: ir.Value | None,
    sizes: ir.Value | None,
    axes: list[int],
) -> list[ir.Value | None]:
    """Region, factors and sizes of some axes as those of all."""
    rank = op.known_rank(x)
    places = [axis % rank for axis in axes]
    order = [places.index(place) if place in places else len(places) for place in range(rank)]
    one = op.constant(np.ones(1, np.float32))
    full_scales = (
        op.gather(op.Concat(scales, one, axis=0), order) if _given(op, scales) and scales is not None else None
    )
    full_sizes = None
    if _given(op, sizes) and sizes is not None:
        whole = [op.gather(sizes, [order[place]]) if place in places else op.dim_of(x, place) for place in range(rank)]
        full_sizes = op.concat(whole, 0)
    full_roi = None
    if _given(op, roi) and roi is not None:
        dtype = op.known_dtype(roi).numpy()
        ends = [item + len(places) if item < len(places) else 2 * len(places) + 1 for item in order]
        starts = [item if item < len(places) else 2 * len(places) for item in order]
        full_roi = op.gather(op.Concat(roi, op.constant(np.asarray([0, 1], dtype)), axis=0), starts + ends)
    return [full_roi, full_scales, full_sizes]
