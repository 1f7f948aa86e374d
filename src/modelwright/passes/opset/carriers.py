"""Computing in a dtype that an older version of an operator takes, where the values come out the same.

What an operator does with its elements decides what may carry them: one that only moves or compares them takes any
dtype that holds them all; sums and products of integers take wider integers, as Cast drops the higher bits again; real
arithmetic of short floats is computed in float32 and rounded once, as processors without these types do anyway.
"""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from modelwright.hub.opset_schemas import TypeFault, type_faults, type_text, values_of_parameter
from modelwright.passes.opset.builder import StepBuilder

_D = ir.DataType

_MOVING = frozenset(
    "Transpose Reshape Flatten Squeeze Unsqueeze Identity Concat Split Slice Gather GatherElements GatherND Pad "
    "Tile Expand Where DepthToSpace SpaceToDepth Compress ReverseSequence TopK Max Min ReduceMax ReduceMin "
    "MaxPool Clip Trilu OneHot Equal Greater Less GreaterOrEqual LessOrEqual NonZero ArgMax ArgMin Sign Relu "
    "Scatter ScatterElements ScatterND Unique IsNaN IsInf".split()
)
_RING = frozenset("Add Sub Mul Div Neg Sum Mod MatMul".split())
_UNTOUCHED = frozenset("Cast CastLike BitCast Constant ConstantOfShape EyeLike Range If Loop Scan".split())

_WIDER: dict[ir.DataType, Sequence[ir.DataType]] = {
    _D.BOOL: (_D.UINT8, _D.INT32, _D.INT64, _D.FLOAT),
    _D.INT8: (_D.INT16, _D.INT32, _D.INT64, _D.FLOAT),
    _D.UINT8: (_D.INT16, _D.INT32, _D.INT64, _D.FLOAT),
    _D.INT16: (_D.INT32, _D.INT64, _D.FLOAT),
    _D.UINT16: (_D.INT32, _D.INT64, _D.FLOAT),
    _D.INT32: (_D.INT64, _D.DOUBLE),
    _D.UINT32: (_D.INT64, _D.DOUBLE),
    _D.INT4: (_D.INT8, _D.INT32, _D.FLOAT),
    _D.UINT4: (_D.UINT8, _D.INT32, _D.FLOAT),
    _D.INT2: (_D.INT8, _D.INT32, _D.FLOAT),
    _D.UINT2: (_D.UINT8, _D.INT32, _D.FLOAT),
    _D.FLOAT16: (_D.FLOAT, _D.DOUBLE),
    _D.BFLOAT16: (_D.FLOAT, _D.DOUBLE),
}
_WIDER.update(dict.fromkeys((d for d in _D if d.name.startswith(("FLOAT8", "FLOAT4", "FLOAT6"))), (_D.FLOAT,)))
_INTEGERS = (_D.INT16, _D.INT32, _D.INT64)
_SHORT_FLOATS = frozenset((_D.FLOAT16, _D.BFLOAT16))


def carrier_for(op_type: str, dtype: ir.DataType, allowed: frozenset[str]) -> ir.DataType | None:
    """The narrowest dtype to compute ``op_type`` in instead of ``dtype``, or None when none gives the same values."""
    if op_type in _UNTOUCHED:
        return None
    choices = [choice for choice in _WIDER.get(dtype, ()) if type_text(ir.TensorType(choice)) in allowed]
    if op_type in _RING and dtype not in _SHORT_FLOATS:
        choices = [choice for choice in choices if choice in _INTEGERS]
    elif op_type not in _MOVING and dtype not in _SHORT_FLOATS:
        return None
    return choices[0] if choices else None


def carry(op: StepBuilder, faults: Sequence[TypeFault]) -> list[ir.Value]:
    """Emits the node with casts around it, so that its version takes the types.

    Args:
        op: Emits in place of the node, at its opset.
        faults: The values it does not take.

    Returns:
        The values that take the place of the outputs.

    Raises:
        CannotSay: No dtype would give the same values.
    """
    node = op.node
    inputs, back = list(node.inputs), dict[int, ir.DataType]()
    for parameter in dict.fromkeys(fault.parameter for fault in faults):
        fault = next(item for item in faults if item.parameter == parameter)
        dtype, carrier = _choice(op, fault)
        sources, results = values_of_parameter(node, op.opset, parameter)
        for index in sources:
            source = inputs[index]
            if source is not None and source.dtype is dtype:
                inputs[index] = op.Cast(source, to=int(carrier))
        back.update((index, dtype) for index in results)
    made = op.again(inputs)
    outputs = [made] if isinstance(made, ir.Value) else list(made)
    for index, dtype in back.items():
        if node.outputs[index].name:
            outputs[index] = op.Cast(outputs[index], to=int(dtype))
    return outputs


def _choice(op: StepBuilder, fault: TypeFault) -> tuple[ir.DataType, ir.DataType]:
    """The dtype at fault and the one to compute in."""
    kind = fault.value.type
    text = "unknown" if kind is None else type_text(kind)
    if isinstance(kind, ir.TensorType) and _can_cast(op, kind.dtype):
        carrier = carrier_for(op.node.op_type, kind.dtype, fault.allowed)
        if carrier is not None:
            return kind.dtype, carrier
    raise op.fail(f"it takes no {text} there ({fault.value.name!r})", hint=f"cast {fault.value.name!r} in the model")


def _can_cast(op: StepBuilder, dtype: ir.DataType) -> bool:
    value = ir.Value(name="x", type=ir.TensorType(dtype))
    cast = ir.Node("", "Cast", [value], [ir.AttrInt64("to", int(dtype))])
    return not type_faults(cast, max(op.opset, 9))
