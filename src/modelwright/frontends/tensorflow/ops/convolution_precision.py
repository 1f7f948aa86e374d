"""Dtypes that runtimes have no kernels for, computed in another one and cast back."""

from __future__ import annotations

from collections.abc import Callable

import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder

FLOAT_ONLY = frozenset({ir.DataType.DOUBLE, ir.DataType.BFLOAT16})
"""Float dtypes that ONNX Runtime's convolutions, average poolings and most activations do not take."""


def in_float(
    op: TensorFlowBuilder,
    compute: Callable[..., ir.Value],
    *tensors: ir.Value,
    dtypes: frozenset[ir.DataType] = FLOAT_ONLY,
    through: ir.DataType = ir.DataType.FLOAT,
    attribute: str = "T",
) -> ir.Value:
    """``compute(*tensors)``, done in ``through`` and cast back when the node's dtype is one of ``dtypes``.

    Args:
        op: The builder.
        compute: Takes the tensors and gives a tensor of their dtype.
        tensors: Tensors of the node's dtype.
        dtypes: The dtypes to go around.
        through: The dtype to compute in.
        attribute: The type attribute that holds the node's dtype.
    """
    dtype = op.attribute_dtype(attribute)
    if dtype not in dtypes:
        return compute(*tensors)
    return op.cast(compute(*(op.cast(tensor, through) for tensor in tensors)), dtype)
