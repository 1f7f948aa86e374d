"""What carries values and order, and computes nothing: loads, states, tuples."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.frontends.mindspore.builder import Argument, MindBuilder
from modelwright.frontends.mindspore.dtypes import named_dtype
from modelwright.frontends.mindspore.operators import mindspore_op


@mindspore_op("Load", "Depend", "Identity", "StopGradient", "Return", "return")
def pass_on(op: MindBuilder, x: Argument, *state: Argument) -> Argument:
    """The first argument; the others say what comes before."""
    del op, state
    return x


@mindspore_op("UpdateState")
def update_state(op: MindBuilder, *state: Argument) -> None:
    """An order of effects; no primitive that is read has any."""
    del op, state


@mindspore_op("MakeTuple", "MakeList")
def make_tuple(op: MindBuilder, *members: Argument) -> Argument:
    """A tuple."""
    del op
    return list(members)


@mindspore_op("TupleGetItem", "ListGetItem", "RealTupleGetItem")
def tuple_get_item(op: MindBuilder, items: Argument, place: Argument) -> Argument:
    """A member; of sizes that are computed, a number."""
    at = op.need_int(place, "the place in the tuple")
    if isinstance(items, ir.Value):
        return op.gather(items, at)
    if not -len(items) <= at < len(items):
        raise op.fail(f"member {at} of a tuple of {len(items)}")
    if items[at] is None:
        raise op.fail(f"result {at} of the node before it has no form in ONNX")
    return items[at]


@mindspore_op("TensorToTuple", "TensorToList")
def tensor_to_tuple(op: MindBuilder, x: ir.Value) -> ir.Value:
    """Its numbers, which stay a vector."""
    del op
    return x


@mindspore_op("TupleToTensor", "ListToTensor", "ScalarToTensor")
def to_tensor(op: MindBuilder, items: Argument, dtype: Argument = None) -> ir.Value:
    """Numbers as a tensor."""
    value = op.tensor(items)
    wanted = named_dtype(dtype) if isinstance(dtype, int) else None
    return value if wanted is None else op.cast(value, wanted)


@mindspore_op("TensorToScalar")
def tensor_to_scalar(op: MindBuilder, x: ir.Value) -> ir.Value:
    """A number, which stays a tensor without dimensions."""
    return op.reshape(x, [])


@mindspore_op("Shape", "TensorShape", "DynamicShape")
def shape(op: MindBuilder, x: ir.Value) -> ir.Value:
    """The sizes."""
    return op.shape_of(x)
