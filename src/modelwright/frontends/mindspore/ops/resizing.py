"""Images resized, and sampled at given places."""

from __future__ import annotations

from typing import Final

import onnx_ir as ir

from modelwright.frontends.mindspore.builder import Argument, MindBuilder
from modelwright.frontends.mindspore.operators import mindspore_op

_PADS: Final = ("zeros", "border", "reflection")
_SAMPLING: Final = ("bilinear", "nearest")


def _resize(op: MindBuilder, x: ir.Value, size: Argument, coordinates: str, attributes: dict[str, object]) -> ir.Value:
    sizes = op.concat([op.slice(op.shape_of(x), [0], [2]), op.vector(size)], 0)
    told = {"coordinate_transformation_mode": coordinates, **attributes}
    return op.emit("Resize", [x, None, None, sizes], told)  # pyright: ignore[reportReturnType]


def _coordinates(align_corners: Argument, half_pixel: Argument) -> str:
    return "align_corners" if align_corners else "half_pixel" if half_pixel else "asymmetric"


@mindspore_op("ResizeBilinearV2", "ResizeBilinear")
def resize_bilinear(
    op: MindBuilder,
    x: ir.Value,
    size: Argument,
    align_corners: Argument = 0,
    half_pixel_centers: Argument = 0,
) -> ir.Value:
    """Linear interpolation."""
    return _resize(op, x, size, _coordinates(align_corners, half_pixel_centers), {"mode": "linear"})


@mindspore_op("ResizeNearestNeighborV2", "ResizeNearestNeighbor")
def resize_nearest(
    op: MindBuilder,
    x: ir.Value,
    size: Argument,
    align_corners: Argument = 0,
    half_pixel_centers: Argument = 0,
) -> ir.Value:
    """The nearest pixel."""
    coordinates = _coordinates(align_corners, half_pixel_centers)
    rounding = "floor" if coordinates == "asymmetric" else "round_prefer_ceil"
    return _resize(op, x, size, coordinates, {"mode": "nearest", "nearest_mode": rounding})


@mindspore_op("GridSampler2D")
def grid_sampler(
    op: MindBuilder,
    x: ir.Value,
    grid: ir.Value,
    interpolation_mode: Argument = 0,
    padding_mode: Argument = 0,
    align_corners: Argument = 0,
) -> ir.Value:
    """Samples of images at given places."""
    if op.opset < 16 or interpolation_mode not in (0, 1) or padding_mode not in (0, 1, 2):
        raise op.fail(f"mode {interpolation_mode}, padding {padding_mode} in opset {op.opset}")
    return op.GridSample(
        x,
        grid,
        mode=_SAMPLING[interpolation_mode],
        padding_mode=_PADS[padding_mode],
        align_corners=int(bool(align_corners)),
    )
