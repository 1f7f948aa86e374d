"""Random numbers: other ones at each run and in each runtime."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op

Target = ir.Value | list[ir.Value] | None


def _zeros(op: PaddleBuilder, target: Target, stated: Sequence[int] | None) -> ir.Value:
    """Zeros of the shape wanted, whose shape random operators take over."""
    if isinstance(target, list):
        target = op.joined(target)
    vector = op.ints(list(stated or [])) if target is None else op.vector(target)
    return op.Expand(op.constant(np.zeros((), np.float32)), vector)


def _limit(op: PaddleBuilder, value: ir.Value | None, stated: float) -> float:
    return stated if value is None else op.need_number(value, "the bound")


@paddle_op("uniform", ignores=("seed", "diag_num", "diag_step", "diag_val"))
def uniform(
    op: PaddleBuilder,
    target: Target = None,
    low: ir.Value | None = None,
    high: ir.Value | None = None,
    *,
    shape: list[int] | None = None,
    min: float = -1.0,  # noqa: A002  the attribute's name
    max: float = 1.0,  # noqa: A002
    dtype: ir.DataType | None = None,
) -> ir.Value:
    """Uniform numbers."""
    bounds = _limit(op, low, min), _limit(op, high, max)
    made = op.RandomUniformLike(_zeros(op, target, shape), low=bounds[0], high=bounds[1])
    return op.cast(made, dtype or ir.DataType.FLOAT)


@paddle_op("gaussian", ignores=("seed",))
def gaussian(
    op: PaddleBuilder,
    target: Target = None,
    *,
    shape: list[int] | None = None,
    mean: float = 0.0,
    std: float = 1.0,
    dtype: ir.DataType | None = None,
) -> ir.Value:
    """Normal numbers."""
    made = op.RandomNormalLike(_zeros(op, target, shape), mean=mean, scale=std)
    return op.cast(made, dtype or ir.DataType.FLOAT)


@paddle_op("randint", ignores=("seed",))
def randint(
    op: PaddleBuilder,
    target: Target = None,
    *,
    low: int,
    high: int,
    shape: list[int] | None = None,
    dtype: ir.DataType | None = None,
) -> ir.Value:
    """Uniform integers from ``low`` to before ``high``."""
    made = op.RandomUniformLike(_zeros(op, target, shape), low=float(low), high=float(high))
    return op.cast(op.Floor(made), dtype or ir.DataType.INT64)


@paddle_op("uniform_random_batch_size_like", ignores=("seed", "diag_num", "diag_step", "diag_val"))
def uniform_random_batch_size_like(
    op: PaddleBuilder,
    x: ir.Value,
    *,
    shape: list[int],
    input_dim_idx: int = 0,
    output_dim_idx: int = 0,
    min: float = -1.0,  # noqa: A002  the attribute's name
    max: float = 1.0,  # noqa: A002
    dtype: ir.DataType | None = None,
) -> ir.Value:
    """Uniform numbers, one size taken from another tensor."""
    parts = [op.ints(size) for size in shape]
    parts[output_dim_idx] = op.dim_of(x, input_dim_idx)
    return uniform(op, op.concat(parts, 0), min=min, max=max, dtype=dtype)


@paddle_op("bernoulli")
def bernoulli(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """1 with the probability given, else 0."""
    return op.cast(op.Less(op.RandomUniformLike(x, low=0.0, high=1.0), x), op.dtype(x))
