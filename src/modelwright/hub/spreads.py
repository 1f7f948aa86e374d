"""Nodes that tell of tensors their least and largest numbers and give some of their numbers, added to a graph.

Computed inside the graph, these are a few kilobytes a tensor where the tensors themselves would be megabytes. Large
activations behind Relu and Clip are looked at by poolings, which ONNX Runtime computes in the blocked layout that its
convolutions give: turned back whole, such tensors cost as much as half of the convolutions.

ONNX Runtime (1.31) orders nodes by what the outputs need, from the last output that was added to the first. What looks
at a tensor is therefore added with an output of its own, last tensor first, and runs when the tensor is made and in the
processor's caches. Nodes that wait for several tensors would have these held until the end of the model.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from typing import Final

import onnx

_PREFIX: Final = "modelwright.spread"
_LAST: Final = 2**63 - 1
_WORTH: Final = 4
"""How many times more numbers than are wanted of a pooled tensor it must have."""
_PART: Final = 4
"""What is given of a pooled tensor is this part of what is given of others."""
_GRID: Final = 2
"""Axes of a grid of places."""


def spread_name(place: int) -> str:
    """Output with the least and largest of tensor number ``place`` and a choice of its numbers, float32 ``[2 + n]``."""
    return f"{_PREFIX}.{place}"


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
    floored = _not_negative(graph)
    for place, name in reversed(list(enumerate(names))):
        source = _add_cast(graph, name, place) if name in others else name
        shape = (shapes or {}).get(name, ()) if steps is None else ()
        pool = pool_step(shape, most // _PART) if name in floored and name not in others else 0
        if pool:
            numbers = _add_pooled(graph, source, place, pool)
        else:
            source = _add(graph, "Reshape", [source, *_keys("all")], place, "flat")
            numbers = _add_some(graph, source, place, every(shape, most) if steps is None else steps.get(name, 0))
        if name in unbound:
            ends = _keys("nan", "nan")
        else:
            ends = _add_peak(graph, source, place) if pool else _add_ends(graph, source, place)
        whole, axis = spread_name(place), _int("axis", 0)
        graph.node.add(op_type="Concat", input=[*ends, numbers], output=[whole], attribute=[axis])
        _add_output(graph, whole)


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


def _add_constants(graph: onnx.GraphProto, most: int) -> None:
    constants = {"most": [most], "twice": [2 * most], "one": [1], "two": [2], "all": [-1], "zero": [0], "last": [_LAST]}
    constants |= {"second": [1, 1], "ends": [_LAST] * _GRID, "grid": [2, 3], "every": [2, 2]}
    for key, numbers in constants.items():
        tensor = graph.initializer.add(name=_key(key), dims=[len(numbers)], data_type=onnx.TensorProto.INT64)
        tensor.int64_data.extend(numbers)
    for key, number in (("floor", 0.0), ("nan", math.nan)):
        constant = graph.initializer.add(name=_key(key), dims=[1], data_type=onnx.TensorProto.FLOAT)
        constant.float_data.append(number)


def _not_negative(graph: onnx.GraphProto) -> set[str]:
    """Values made by Relu, and by Clip with a constant from 0 on."""
    floors = {item.name for item in graph.initializer if not item.external_data and _is_floor(item)}
    makers = [node for node in graph.node if not node.domain]
    clips = [node for node in makers if node.op_type == "Clip" and len(node.input) > 1 and node.input[1] in floors]
    return {node.output[0] for node in (*clips, *(node for node in makers if node.op_type == "Relu"))}


def _is_floor(tensor: onnx.TensorProto) -> bool:
    if tensor.data_type != onnx.TensorProto.FLOAT or math.prod(tensor.dims) != 1:
        return False
    return float(onnx.numpy_helper.to_array(tensor).reshape(())) >= 0.0


def _add_cast(graph: onnx.GraphProto, name: str, place: int) -> str:
    return _add(graph, "Cast", [name], place, "wide", _int("to", onnx.TensorProto.FLOAT))


def _add_some(graph: onnx.GraphProto, flat: str, place: int, step: int) -> str:
    if step == 1:
        return flat
    every_ = _add_known(graph, place, step) if step else _add_step(graph, flat, place)
    return _add(graph, "Slice", [flat, *_keys("zero", "last", "zero"), every_], place, "some")


def _add_ends(graph: onnx.GraphProto, flat: str, place: int) -> tuple[str, str]:
    return _add(graph, "ReduceMin", [flat], place, "low"), _add(graph, "ReduceMax", [flat], place, "high")


def _add_pooled(graph: onnx.GraphProto, name: str, place: int, step: int) -> str:
    window = _ints("kernel_shape", [1, 1]), _ints("strides", [step, step])
    pooled = _add(graph, "MaxPool", [name], place, "pooled", *window)
    grid = _add(graph, "Slice", [pooled, *_keys("second", "ends", "grid", "every")], place, "grid")
    return _add(graph, "Reshape", [grid, *_keys("all")], place, "some")


def _add_peak(graph: onnx.GraphProto, name: str, place: int) -> tuple[str, str]:
    peaks = _add(graph, "GlobalMaxPool", [name], place, "peaks")
    rows = _add(graph, "Reshape", [peaks, *_keys("all")], place, "rows")
    return _key("floor"), _add(graph, "ReduceMax", [rows], place, "high")


def _add_known(graph: onnx.GraphProto, place: int, step: int) -> str:
    tensor = graph.initializer.add(name=_of(place, "step"), dims=[1], data_type=onnx.TensorProto.INT64)
    tensor.int64_data.append(step)
    return _of(place, "step")


def _add_step(graph: onnx.GraphProto, flat: str, place: int) -> str:
    """``(size + most) // (2 * most) * 2 + 1``, found when the model runs."""
    size = _add(graph, "Shape", [flat], place, "size")
    more = _add(graph, "Add", [size, _key("most")], place, "more")
    times = _add(graph, "Div", [more, _key("twice")], place, "times")
    even = _add(graph, "Mul", [times, _key("two")], place, "even")
    return _add(graph, "Add", [even, _key("one")], place, "step")


def _add(
    graph: onnx.GraphProto,
    operator: str,
    inputs: Sequence[str],
    place: int,
    part: str,
    *attributes: onnx.AttributeProto,
) -> str:
    graph.node.add(op_type=operator, input=inputs, output=[_of(place, part)], attribute=attributes)
    return _of(place, part)


def _add_output(graph: onnx.GraphProto, name: str) -> None:
    tensor = graph.output.add(name=name).type.tensor_type
    tensor.elem_type = onnx.TensorProto.FLOAT
    tensor.shape.dim.add(dim_param=f"{name}.size")


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
