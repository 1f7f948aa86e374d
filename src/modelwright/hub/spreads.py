"""Nodes that tell of tensors their least and largest numbers and give some of their numbers, added to a graph.

Computed inside the graph, these are a few kilobytes a tensor where the tensors themselves would be megabytes. Large
activations behind Relu and Clip are looked at by poolings, which ONNX Runtime computes in the blocked layout that its
convolutions give: turned back whole, such tensors cost as much as half of the convolutions.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from typing import Final

import onnx

LEAST: Final = "modelwright.spread.least"
"""Output with the least number of each tensor, float32."""
LARGEST: Final = "modelwright.spread.largest"
"""Output with the largest number of each tensor, float32."""

_PREFIX: Final = "modelwright.spread"
_LAST: Final = 2**63 - 1
_WORTH: Final = 4
"""How many times more numbers than are wanted of a pooled tensor it must have."""
_PART: Final = 4
"""What is given of a pooled tensor is this part of what is given of others."""
_GRID: Final = 2
"""Axes of a grid of places."""


def numbers_name(place: int) -> str:
    """Output with a choice of the numbers of tensor number ``place``, float32, of any rank."""
    return f"{_PREFIX}.{place}.some"


def add_spreads(
    proto: onnx.ModelProto,
    names: Sequence[str],
    *,
    most: int,
    shapes: Mapping[str, Sequence[int | None]] | None = None,
    steps: Mapping[str, int] | None = None,
    others: Container[str] = (),
    unbound: Container[str] = (),
) -> None:
    """Adds the nodes for all tensors named, and the outputs.

    Of a tensor with more numbers than ``most``, every ``step``-th is given, with an odd step, so that rows whose length
    is a power of two are not always met in the same column. Of a pooled one, fewer are given: those of places in a grid
    that keeps off the border, from all channels. Its least number counts as 0, below which none is.

    Each tensor's nodes depend on that tensor alone, so that it need not be held until others are there.

    Args:
        proto: The model; its opset is 13 or newer.
        names: Tensors.
        most: How many numbers of a tensor, or of each sample where shapes are known, are given at most.
        shapes: Shapes as far as they are known, of batches of samples.
        steps: Take every n-th number of these tensors, and find out about all others when the model runs.
        others: Those of ``names`` that may not be float32.
        unbound: Those of which only numbers are wanted: their least and largest count as NaN.
    """
    graph = proto.graph
    _add_constants(graph, most)
    floored = {name for name, (low, _) in bounds_of(graph).items() if low >= 0}
    bounds: list[tuple[str, str]] = []
    for place, name in enumerate(names):
        shape = (shapes or {}).get(name, ()) if steps is None else ()
        pool = pool_step(shape, most // _PART) if name in floored and name not in others else 0
        source = _add_cast(graph, name, place) if name in others else name
        if pool:
            _add_pooled(graph, source, place, pool)
        else:
            source = _add_plain(graph, source, place, every(shape, most) if steps is None else steps.get(name, 0))
        if name in unbound:
            bounds.append((_key("nan"), _key("nan")))
        else:
            bounds.append(_add_peak(graph, source, place) if pool else _add_bounds(graph, source, place))
    for parts, output in zip(zip(*bounds, strict=True), (LEAST, LARGEST), strict=True):
        graph.node.add(op_type="Concat", input=parts, output=[output]).attribute.append(_int("axis", 0))
        _output(graph, output, rank=1)


def every(shape: Sequence[int | None], most: int) -> int:
    """Every which number to take, an odd one, so that about ``most`` of each sample are left.

    Args:
        shape: Of a tensor that holds samples along the first axis; dimensions that are not known are None.
        most: How many numbers are wanted at most.

    Returns:
        0 where the shape is not known.
    """
    sizes = [size for size in shape[1:] if size]
    if not shape or len(sizes) != len(shape) - 1:
        return 0
    return (math.prod(sizes) + most) // (2 * most) * 2 + 1


def pool_step(shape: Sequence[int | None], most: int) -> int:
    """Places between those that a pooling takes along each axis, so that about ``4 * most`` numbers are left.

    Args:
        shape: Of an activation; dimensions that are not known are None.
        most: How many numbers are wanted.

    Returns:
        0 where a pooling does not pay or cannot be told to.
    """
    sizes = [size for size in shape[1:] if size]
    if len(shape) != _GRID + 2 or len(sizes) != len(shape) - 1 or math.prod(sizes) < _WORTH * most:
        return 0
    step = math.isqrt(math.prod(sizes) // most) // 2
    return step if min(sizes[1:]) > step else 0


def bounds_of(graph: onnx.GraphProto) -> dict[str, tuple[float, float]]:
    """Bounds of values made by Relu, and by Clip with float32 constants; infinite where there is none."""
    constants = {item.name: item for item in graph.initializer if not item.external_data}
    found = {}
    for node in graph.node:
        if node.op_type == "Relu" and not node.domain:
            found[node.output[0]] = (0.0, math.inf)
        elif node.op_type == "Clip" and not node.domain:
            low, high = (_bound(constants, node.input[place : place + 1]) for place in (1, 2))
            found[node.output[0]] = (-math.inf if low is None else low, math.inf if high is None else high)
    return found


def _bound(constants: Mapping[str, onnx.TensorProto], name: Sequence[str]) -> float | None:
    tensor = constants.get(name[0]) if name else None
    if tensor is None or tensor.data_type != onnx.TensorProto.FLOAT or math.prod(tensor.dims) != 1:
        return None
    return float(onnx.numpy_helper.to_array(tensor).reshape(()))


def _add_constants(graph: onnx.GraphProto, most: int) -> None:
    constants = {"most": [most], "twice": [2 * most], "one": [1], "two": [2], "all": [-1], "zero": [0], "last": [_LAST]}
    constants |= {"second": [1, 1], "ends": [_LAST] * _GRID, "grid": [2, 3], "every": [2, 2]}
    for key, numbers in constants.items():
        tensor = graph.initializer.add(name=_key(key), dims=[len(numbers)], data_type=onnx.TensorProto.INT64)
        tensor.int64_data.extend(numbers)
    for key, number in (("floor", 0.0), ("nan", math.nan)):
        constant = graph.initializer.add(name=_key(key), dims=[1], data_type=onnx.TensorProto.FLOAT)
        constant.float_data.append(number)


def _add_cast(graph: onnx.GraphProto, name: str, place: int) -> str:
    cast = graph.node.add(op_type="Cast", input=[name], output=[_of(place, "wide")])
    cast.attribute.append(_int("to", onnx.TensorProto.FLOAT))
    return _of(place, "wide")


def _add_plain(graph: onnx.GraphProto, name: str, place: int, step: int) -> str:
    flat = numbers_name(place) if step == 1 else _of(place, "flat")
    graph.node.add(op_type="Reshape", input=[name, *_keys("all")], output=[flat])
    if step != 1:
        every_ = _add_known(graph, place, step) if step else _add_step(graph, place)
        _node(graph, "Slice", [flat, *_keys("zero", "last", "zero"), every_], "some", place)
    _output(graph, numbers_name(place), rank=1)
    return flat


def _add_bounds(graph: onnx.GraphProto, flat: str, place: int) -> tuple[str, str]:
    for operator, output in (("ReduceMin", "low"), ("ReduceMax", "high")):
        _node(graph, operator, [flat], output, place)
    return _of(place, "low"), _of(place, "high")


def _add_pooled(graph: onnx.GraphProto, name: str, place: int, step: int) -> None:
    pooled = graph.node.add(op_type="MaxPool", input=[name], output=[_of(place, "pooled")])
    pooled.attribute.extend([_ints("kernel_shape", [1, 1]), _ints("strides", [step, step])])
    _node(graph, "Slice", [_of(place, "pooled"), *_keys("second", "ends", "grid", "every")], "some", place)
    _output(graph, numbers_name(place), rank=2 + _GRID)


def _add_peak(graph: onnx.GraphProto, name: str, place: int) -> tuple[str, str]:
    _node(graph, "GlobalMaxPool", [name], "peaks", place)
    _node(graph, "Reshape", [_of(place, "peaks"), *_keys("all")], "rows", place)
    _node(graph, "ReduceMax", [_of(place, "rows")], "high", place)
    return _key("floor"), _of(place, "high")


def _add_known(graph: onnx.GraphProto, place: int, step: int) -> str:
    tensor = graph.initializer.add(name=_of(place, "step"), dims=[1], data_type=onnx.TensorProto.INT64)
    tensor.int64_data.append(step)
    return _of(place, "step")


def _add_step(graph: onnx.GraphProto, place: int) -> str:
    """``(size + most) // (2 * most) * 2 + 1``, found when the model runs."""
    for operator, inputs, output in (
        ("Shape", [_of(place, "flat")], "size"),
        ("Add", [_of(place, "size"), _key("most")], "more"),
        ("Div", [_of(place, "more"), _key("twice")], "times"),
        ("Mul", [_of(place, "times"), _key("two")], "even"),
        ("Add", [_of(place, "even"), _key("one")], "step"),
    ):
        _node(graph, operator, inputs, output, place)
    return _of(place, "step")


def _node(graph: onnx.GraphProto, operator: str, inputs: Sequence[str], output: str, place: int) -> None:
    graph.node.add(op_type=operator, input=inputs, output=[_of(place, output)])


def _output(graph: onnx.GraphProto, name: str, *, rank: int) -> None:
    info = graph.output.add(name=name)
    info.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    info.type.tensor_type.shape.SetInParent()
    for axis in range(rank):
        info.type.tensor_type.shape.dim.add(dim_param=f"{name}.{axis}")


def _key(key: str) -> str:
    return f"{_PREFIX}.{key}"


def _keys(*keys: str) -> tuple[str, ...]:
    return tuple(_key(key) for key in keys)


def _of(place: int, part: str) -> str:
    return f"{_PREFIX}.{place}.{part}"


def _int(name: str, number: int) -> onnx.AttributeProto:
    return onnx.AttributeProto(name=name, type=onnx.AttributeProto.INT, i=number)


def _ints(name: str, numbers: Sequence[int]) -> onnx.AttributeProto:
    return onnx.AttributeProto(name=name, type=onnx.AttributeProto.INTS, ints=numbers)
