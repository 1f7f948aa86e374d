"""Normalizations: BatchNormalization's modes, GroupNormalization's two meanings."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.passes.opset.adapters import lift, lower
from modelwright.passes.opset.builder import StepBuilder


@lower("BatchNormalization", version=15, keeps="epsilon momentum training_mode")
def lower_mixed(op: StepBuilder, x: ir.Value, scale: ir.Value, bias: ir.Value, mean: ir.Value, var: ir.Value) -> Any:
    """One dtype for all; the widest of them carries the others."""
    dtypes = [op.known_dtype(value) for value in (x, scale, bias, mean, var)]
    if len(set(dtypes)) == 1:
        return None
    widest = max(dtypes, key=lambda dtype: dtype.itemsize)
    inputs = [op.cast(value, widest) for value in (x, scale, bias, mean, var)]
    made = op.again(inputs)
    outputs = [made] if isinstance(made, ir.Value) else list(made)
    return [op.cast(value, dtypes[0 if index == 0 else 3]) for index, value in enumerate(outputs)]


@lower("BatchNormalization", version=14)
def lower_training(
    op: StepBuilder,
    x: ir.Value,
    scale: ir.Value,
    bias: ir.Value,
    mean: ir.Value,
    var: ir.Value,
    *,
    epsilon: float = 1e-5,
    momentum: float = 0.9,
    training_mode: int = 0,
) -> Any:
    """In training, the statistics of the batch are computed beside it."""
    if not training_mode:
        return op.BatchNormalization(x, scale, bias, mean, var, epsilon=epsilon, momentum=momentum)
    rank = op.known_rank(x)
    axes = [axis for axis in range(rank) if axis != 1]
    batch_mean = op.reduce("ReduceMean", x, axes, keepdims=True)
    centred = op.Sub(x, batch_mean)
    batch_var = op.squeeze(op.reduce("ReduceMean", op.Mul(centred, centred), axes, keepdims=True), axes)
    flat_mean = op.squeeze(batch_mean, axes)
    y = op.BatchNormalization(x, scale, bias, flat_mean, batch_var, epsilon=epsilon)
    kept, new = op.scalar(momentum, mean), op.scalar(1 - momentum, mean)
    running = [
        op.Add(op.Mul(old, kept), op.Mul(now, new)) if op.used(index) else None
        for index, (old, now) in enumerate(((mean, flat_mean), (var, batch_var)), start=1)
    ]
    return [y, *running]


@lift("BatchNormalization", version=14)
def lift_inference(
    op: StepBuilder,
    x: ir.Value,
    scale: ir.Value,
    bias: ir.Value,
    mean: ir.Value,
    var: ir.Value,
    *,
    epsilon: float = 1e-5,
    momentum: float = 0.9,
) -> Any:
    """Outputs beyond the first meant training, in a way that no newer version knows."""
    if any(op.used(index) for index in range(1, 5)):
        raise op.fail("it is in training mode (it has several outputs)", hint="export the model for inference")
    return op.BatchNormalization(x, scale, bias, mean, var, epsilon=epsilon, momentum=momentum)


@lift("BatchNormalization", version=9)
def lift_spatial(
    op: StepBuilder,
    x: ir.Value,
    scale: ir.Value,
    bias: ir.Value,
    mean: ir.Value,
    var: ir.Value,
    *,
    epsilon: float = 1e-5,
    momentum: float = 0.9,
    spatial: int = 1,
) -> Any:
    """Statistics for each position, rather than each channel, are arithmetic of single elements."""
    if spatial:
        outputs = len(op.node.outputs)
        attributes = {"epsilon": epsilon, "momentum": momentum}
        return op.emit("BatchNormalization", [x, scale, bias, mean, var], attributes, outputs=outputs)
    deviation = op.Sqrt(op.Add(var, op.scalar(epsilon, var)))
    return op.Add(op.Mul(op.Div(op.Sub(x, mean), deviation), scale), bias)


@lift("GroupNormalization", version=21)
def lift_group_normalization(
    op: StepBuilder, x: ir.Value, scale: ir.Value, bias: ir.Value, *, epsilon: float = 1e-5, num_groups: int
) -> Any:
    """Scale and bias of each group become those of each of its channels."""
    size = op.ints(num_groups, op.static(x, [1])[0] // num_groups)
    spread = [op.Reshape(op.Expand(op.unsqueeze(value, [1]), size), op.ints(-1)) for value in (scale, bias)]
    return op.GroupNormalization(x, *spread, epsilon=epsilon, num_groups=num_groups)


@lower("GroupNormalization", version=21)
@lower("GroupNormalization", version=18)
def lower_group_normalization(
    op: StepBuilder,
    x: ir.Value,
    scale: ir.Value,
    bias: ir.Value,
    *,
    epsilon: float = 1e-5,
    num_groups: int,
    stash_type: int = 1,
) -> Any:
    """Each group as one channel of an InstanceNormalization; scale and bias of each channel, or group before 21."""
    dtype = op.known_dtype(x)
    wide = op.cast(x, ir.DataType.FLOAT) if stash_type == 1 else x
    one, zero = (op.constant(np.full(num_groups, number, op.known_dtype(wide).numpy())) for number in (1, 0))
    flat = op.Reshape(wide, op.ints(0, num_groups, -1))
    normal = op.InstanceNormalization(flat, one, zero, epsilon=epsilon)
    if op.opset >= 18:
        normal = op.cast(op.Reshape(normal, op.Shape(x)), dtype)
        tail = [1] * (op.known_rank(x) - 2)
        factor, offset = (op.Reshape(value, op.ints([-1, *tail])) for value in (scale, bias))
        return op.Add(op.Mul(normal, factor), offset)
    factor, offset = (op.Reshape(op.cast(value, op.known_dtype(wide)), op.ints(-1, 1)) for value in (scale, bias))
    return op.cast(op.Reshape(op.Add(op.Mul(normal, factor), offset), op.Shape(x)), dtype)


@lower("LayerNormalization", version=17)
def lower_layer_normalization(
    op: StepBuilder,
    x: ir.Value,
    scale: ir.Value,
    bias: ir.Value | None = None,
    *,
    axis: int = -1,
    epsilon: float = 1e-5,
    stash_type: int = 1,
) -> Any:
    """``(x - mean) / sqrt(variance + epsilon) * scale + bias``, the first stage in float32."""
    dtype = op.known_dtype(x)
    wide = op.cast(x, ir.DataType.FLOAT) if stash_type == 1 else x
    axes = _last_axes(op, x, axis)
    mean = op.reduce("ReduceMean", wide, axes, keepdims=True)
    centred = op.Sub(wide, mean)
    variance = op.reduce("ReduceMean", op.Mul(centred, centred), axes, keepdims=True)
    deviation = op.Sqrt(op.Add(variance, op.scalar(epsilon, wide)))
    result = op.Mul(op.cast(op.Div(centred, deviation), dtype), scale)
    result = result if bias is None else op.Add(result, bias)
    return [result, mean, op.Reciprocal(deviation) if op.used(2) else None]


@lower("RMSNormalization", version=23)
def lower_rms_normalization(
    op: StepBuilder, x: ir.Value, scale: ir.Value, *, axis: int = -1, epsilon: float = 1e-5, stash_type: int = 1
) -> Any:
    """``x / sqrt(mean of squares + epsilon) * scale``, the first stage in float32."""
    dtype = op.known_dtype(x)
    wide = op.cast(x, ir.DataType.FLOAT) if stash_type == 1 else x
    squares = op.reduce("ReduceMean", op.Mul(wide, wide), _last_axes(op, x, axis), keepdims=True)
    normal = op.Div(wide, op.Sqrt(op.Add(squares, op.scalar(epsilon, wide))))
    return op.Mul(op.cast(normal, dtype), scale)


def _last_axes(op: StepBuilder, x: ir.Value, axis: int) -> list[int]:
    """From ``axis`` to the end, counted from the back where that needs no rank."""
    if axis < 0:
        return list(range(axis, 0))
    rank = op.known_rank(x)
    return list(range(axis - rank, 0))


@lift("MeanVarianceNormalization", version=13)
def lift_mean_variance(op: StepBuilder, x: ir.Value, *, axes: list[int] | None = None) -> Any:
    """Its default axes are spelled out: onnx does not check the newer version without them."""
    return op.MeanVarianceNormalization(x, axes=axes or [0, 2, 3])
