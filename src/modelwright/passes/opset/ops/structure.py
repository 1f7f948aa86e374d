"""Blocks, columns and products: how elements are arranged."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.passes.opset.adapters import lift, lower
from modelwright.passes.opset.builder import StepBuilder


@lower("DepthToSpace", version=11)
def lower_depth_to_space(op: StepBuilder, x: ir.Value, *, blocksize: int, mode: str = "DCR") -> Any:
    """Channels first, then blocks: Reshape, Transpose, Reshape."""
    if mode == "DCR":
        return None
    channels = op.static(x, [1])[0] // blocksize**2
    height, width = op.dim_of(x, 2), op.dim_of(x, 3)
    block = op.ints(blocksize)
    split = op.Reshape(x, op.concat([op.ints(0, channels), block, block, height, width], 0))
    turned = op.Transpose(split, perm=[0, 1, 4, 2, 5, 3])
    return op.Reshape(turned, op.concat([op.ints(0, channels), op.Mul(height, block), op.Mul(width, block)], 0))


@lower("SpaceToDepth", version=28)
def lower_space_to_depth(op: StepBuilder, x: ir.Value, *, blocksize: int, mode: str = "DCR") -> Any:
    """Channels first, then blocks: Reshape, Transpose, Reshape."""
    if mode == "DCR":
        return None
    block = op.ints(blocksize)
    channels, height, width = op.dim_of(x, 1), op.Div(op.dim_of(x, 2), block), op.Div(op.dim_of(x, 3), block)
    split = op.Reshape(x, op.concat([op.ints(0), channels, height, block, width, block], 0))
    turned = op.Transpose(split, perm=[0, 1, 3, 5, 2, 4])
    area = op.ints(blocksize * blocksize)
    return op.Reshape(turned, op.concat([op.ints(0), op.Mul(channels, area), height, width], 0))


@lower("Gemm", version=11)
def lower_gemm(
    op: StepBuilder,
    a: ir.Value,
    b: ir.Value,
    c: ir.Value | None = None,
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    transA: int = 0,  # noqa: N803  the standard's name
    transB: int = 0,  # noqa: N803  the standard's name
) -> Any:
    """A bias of zeros where there was none."""
    if c is not None:
        return None
    zero = op.constant(np.zeros(1, op.known_dtype(a).numpy()))
    return op.Gemm(a, b, zero, alpha=alpha, beta=beta, transA=transA, transB=transB)


@lower("ConvTranspose", version=11, keeps="dilations group kernel_shape output_padding pads strides")
def lower_conv_transpose(
    op: StepBuilder, *_inputs: ir.Value, auto_pad: str = "NOTSET", output_shape: list[int] | None = None
) -> Any:
    """``SAME`` and ``output_shape`` put the odd element on the other side before, and have to be spelled out."""
    if not auto_pad.startswith("SAME") and output_shape is None:
        return None
    raise op.fail("its padding is left to rules that opset 11 changed", hint="give it explicit pads", since=11)


@lift("ConvTranspose", version=11, keeps="dilations group kernel_shape output_padding pads strides")
def lift_conv_transpose(
    op: StepBuilder, *inputs: ir.Value, auto_pad: str = "NOTSET", output_shape: list[int] | None = None
) -> Any:
    """As before, unless its padding is left to rules."""
    if auto_pad.startswith("SAME") or output_shape is not None:
        raise op.fail("its padding is left to rules that opset 11 changed", hint="give it explicit pads")
    return op.again(inputs)


@lower("Col2Im", version=18)
def lower_col2im(
    op: StepBuilder,
    x: ir.Value,
    image_shape: ir.Value,
    block_shape: ir.Value,
    *,
    dilations: list[int] | None = None,
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> Any:
    """A transposed convolution in which each weight is 1 at one place of the block."""
    image, block = op.constant_numbers(image_shape, "image_shape"), op.constant_numbers(block_shape, "block_shape")
    count, area = len(image), math.prod(block)
    steps, gaps, margins = strides or [1] * count, dilations or [1] * count, pads or [0] * 2 * count
    reach = [(block[i] - 1) * gaps[i] + 1 for i in range(count)]
    room = [image[i] + margins[i] + margins[i + count] - reach[i] for i in range(count)]
    places = [room[i] // steps[i] + 1 for i in range(count)]
    rest = [room[i] % steps[i] for i in range(count)]
    columns = op.Reshape(x, op.ints([-1, area, *places]))
    weights = np.eye(area, dtype=op.known_dtype(x).numpy()).reshape([area, 1, *block])
    spread = op.ConvTranspose(
        columns, op.constant(weights), strides=steps, dilations=gaps, pads=margins, output_padding=rest
    )
    return op.Reshape(spread, op.concat([op.dim_of(x, 0), op.ints([-1, *image])], 0))


@lower("RoiAlign", version=16, keeps="mode output_height output_width sampling_ratio spatial_scale")
def lower_roi_align(
    op: StepBuilder,
    x: ir.Value,
    rois: ir.Value,
    batch_indices: ir.Value,
    *,
    coordinate_transformation_mode: str = "half_pixel",
) -> Any:
    """Without the half pixel, as it was."""
    if coordinate_transformation_mode != "output_half_pixel":
        raise op.fail("its mode 'half_pixel' exists since opset 16", since=16)
    return op.again([x, rois, batch_indices], {"coordinate_transformation_mode": None})


@lift("RoiAlign", version=16, keeps="mode output_height output_width sampling_ratio spatial_scale")
def lift_roi_align(op: StepBuilder, x: ir.Value, rois: ir.Value, batch_indices: ir.Value) -> Any:
    """What was the only way has a name now."""
    return op.again([x, rois, batch_indices], {"coordinate_transformation_mode": "output_half_pixel"})


@lower("OptionalGetElement", version=18)
def lower_optional_get(op: StepBuilder, value: ir.Value) -> Any:
    """What is no optional is itself."""
    return None if isinstance(value.type, ir.OptionalType) else op.Identity(value)


@lower("OptionalHasElement", version=18)
def lower_optional_has(op: StepBuilder, value: ir.Value | None = None) -> Any:
    """What is left out is absent, and what is no optional is there."""
    if value is not None and isinstance(value.type, ir.OptionalType):
        return None
    return op.Identity(op.constant(np.asarray(value is not None)))
