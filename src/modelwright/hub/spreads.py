"""Nodes that tell of a tensor its least and largest number and give some of its numbers, added to a graph.

Computed inside the graph, these are a few kilobytes a tensor where the tensors themselves would be megabytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import onnx

_PREFIX: Final = "modelwright.spread"
_LAST: Final = 2**63 - 1


def spread_names(place: int) -> tuple[str, str, str]:
    """Outputs of the spread number ``place``: least, largest, and a choice of the numbers, all float32."""
    return f"{_PREFIX}.{place}.least", f"{_PREFIX}.{place}.largest", f"{_PREFIX}.{place}.some"


def add_spreads(proto: onnx.ModelProto, names: Sequence[str], *, most: int) -> None:
    """Adds the nodes for every tensor named, and their outputs.

    Of a tensor with more numbers than ``most``, every ``step``-th is given, with an odd step, so that rows whose length
    is a power of two are not always met in the same column.

    Args:
        proto: The model; its opset is 13 or newer.
        names: float32 tensors.
        most: How many numbers of a tensor are given at most.
    """
    constants = {"most": [most], "twice": [2 * most], "one": [1], "two": [2], "all": [-1], "zero": [0], "last": [_LAST]}
    for key, numbers in constants.items():
        tensor = proto.graph.initializer.add(name=f"{_PREFIX}.{key}", dims=[1], data_type=onnx.TensorProto.INT64)
        tensor.int64_data.extend(numbers)
    for place, name in enumerate(names):
        _add_spread(proto.graph, name, place)


def _add_spread(graph: onnx.GraphProto, name: str, place: int) -> None:
    least, largest, some = spread_names(place)
    for operator, output in (("ReduceMin", least), ("ReduceMax", largest)):
        node = graph.node.add(op_type=operator, input=[name], output=[output])
        node.attribute.add(name="keepdims", type=onnx.AttributeProto.INT, i=0)
    inner = f"{_PREFIX}.{place}"
    steps = (
        ("Size", [name], "size"),
        ("Add", [f"{inner}.size", f"{_PREFIX}.most"], "more"),
        ("Div", [f"{inner}.more", f"{_PREFIX}.twice"], "times"),
        ("Mul", [f"{inner}.times", f"{_PREFIX}.two"], "even"),
        ("Add", [f"{inner}.even", f"{_PREFIX}.one"], "step"),
        ("Reshape", [name, f"{_PREFIX}.all"], "flat"),
        (
            "Slice",
            [f"{inner}.flat", *(f"{_PREFIX}.{key}" for key in ("zero", "last", "zero")), f"{inner}.step"],
            "some",
        ),
    )
    for operator, inputs, output in steps:
        graph.node.add(op_type=operator, input=inputs, output=[f"{inner}.{output}"])
    for output, dims in ((least, ()), (largest, ()), (some, (f"{inner}.count",))):
        info = graph.output.add(name=output)
        info.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
        info.type.tensor_type.shape.SetInParent()
        for dim in dims:
            info.type.tensor_type.shape.dim.add(dim_param=dim)
