"""Shapes of operators that move, join, cut or reduce dimensions."""

from __future__ import annotations

import math

import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.hub.attributes import tensor_in
from modelwright.hub.foreign_inference import infer_with_onnx
from modelwright.hub.shape_rules.elementwise import broadcast
from modelwright.hub.shape_rules.windows import flag, ints
from modelwright.hub.shapes import Inferred, Shapes, shape_rule


def axes_of(shapes: Shapes, node: ir.Node, *, index: int = 1) -> list[int] | None:
    """The axes of a node, from its ``axes`` attribute or its input at ``index``.

    Returns:
        The axes as given; an empty list when absent; None when they are not constant.
    """
    attribute = node.attributes.get("axes")
    if attribute is not None:
        return list(attribute.as_ints())
    source = node.inputs[index] if len(node.inputs) > index else None
    if source is None:
        return []
    array = shapes.constant(source)
    return None if array is None else [int(axis) for axis in array.reshape(-1)]


@shape_rule("Shape")
def shape_of(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """``[rank]``, or of the part between ``start`` and ``end``."""
    data = node.inputs[0]
    shape = shapes.shape(data) if data is not None else None
    end = node.attributes.get("end")
    if shape is None:
        return [(ir.DataType.INT64, (None,))]
    part = shape[flag(node, "start", 0) : end.as_int() if end is not None else None]
    return [(ir.DataType.INT64, (len(part),))]


@shape_rule("Transpose")
def transpose(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """The dimensions permuted."""
    data = node.inputs[0]
    if data is None:
        return []
    shape = shapes.shape(data)
    if shape is None:
        perm = ints(node, "perm", [])
        return [(shapes.dtype(data), (None,) * len(perm) if perm else None)]
    perm = ints(node, "perm", list(range(len(shape)))[::-1])
    return [(shapes.dtype(data), tuple(shape[axis] for axis in perm))]


@shape_rule("Reshape")
def reshape(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """What the shape input says, as far as it is known; 0 copies, -1 is computed."""
    data, target = node.inputs[0], node.inputs[1]
    if data is None or target is None:
        return []
    dtype = shapes.dtype(data)
    wanted = shapes.contents(target)
    if wanted is None:
        length = shapes.shape(target)
        rank = length[0] if length else None
        return [(dtype, (None,) * rank if isinstance(rank, int) else None)]
    source = shapes.shape(data)
    return [(dtype, resolve_reshape(source, wanted.tolist(), allowzero=bool(flag(node, "allowzero", 0))))]


def resolve_reshape(source: tuple[Dim, ...] | None, wanted: list[Dim], *, allowzero: bool) -> tuple[Dim, ...]:
    """The result of reshaping ``source`` to ``wanted``, with -1 computed where both sides allow it."""
    result = list(wanted)
    for axis, dim in enumerate(wanted):
        if dim == 0 and not allowzero:
            result[axis] = source[axis] if source is not None and axis < len(source) else None
    if -1 not in wanted:
        return tuple(result)
    place = wanted.index(-1)
    result[place] = None
    if source is None:
        return tuple(result)
    left, right = list(source), [dim for axis, dim in enumerate(result) if axis != place]
    for dim in list(right):
        if isinstance(dim, str) and dim in left:
            left.remove(dim)
            right.remove(dim)
    if any(dim is None or isinstance(dim, str) for dim in right):
        return tuple(result)
    divisor = math.prod(dim for dim in right if isinstance(dim, int))
    names = [dim for dim in left if not isinstance(dim, int)]
    total = math.prod(dim for dim in left if isinstance(dim, int))
    if not names and divisor and total % divisor == 0:
        result[place] = total // divisor
    elif len(names) == 1 and total == divisor:
        result[place] = names[0]
    return tuple(result)


@shape_rule("Concat")
def concat(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """The inputs joined along ``axis``."""
    inputs = [value for value in node.inputs if value is not None]
    dtype = next((found for value in inputs if (found := shapes.dtype(value)) is not None), None)
    all_shapes = [shapes.shape(value) for value in inputs]
    known = [shape for shape in all_shapes if shape is not None]
    if not known:
        return [(dtype, None)]
    rank = len(known[0])
    axis = flag(node, "axis", 1) % rank if rank else 0
    result: list[Dim] = [_agree([shape[i] for shape in known]) for i in range(rank)]
    along = [shape[axis] for shape in known]
    sizes = [dim for dim in along if isinstance(dim, int)]
    result[axis] = sum(sizes) if len(sizes) == len(inputs) else None
    return [(dtype, tuple(result))]


def _agree(dims: list[Dim]) -> Dim:
    sizes = [dim for dim in dims if isinstance(dim, int)]
    return sizes[0] if sizes else next((dim for dim in dims if dim is not None), None)


@shape_rule("Squeeze")
def squeeze(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """The input without the axes given, or without every axis of size 1."""
    data = node.inputs[0]
    if data is None:
        return []
    dtype, shape, axes = shapes.dtype(data), shapes.shape(data), axes_of(shapes, node)
    if shape is None or axes is None:
        return [(dtype, None)]
    if not axes:
        if any(not isinstance(dim, int) for dim in shape):
            return [(dtype, None)]
        return [(dtype, tuple(dim for dim in shape if dim != 1))]
    dropped = {axis % len(shape) for axis in axes}
    return [(dtype, tuple(dim for axis, dim in enumerate(shape) if axis not in dropped))]


@shape_rule("Unsqueeze")
def unsqueeze(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """The input with axes of size 1 put in."""
    data = node.inputs[0]
    if data is None:
        return []
    dtype, shape, axes = shapes.dtype(data), shapes.shape(data), axes_of(shapes, node)
    if shape is None or axes is None:
        return [(dtype, None)]
    rank = len(shape) + len(axes)
    added = {axis % rank for axis in axes}
    rest = iter(shape)
    return [(dtype, tuple(1 if axis in added else next(rest) for axis in range(rank)))]


@shape_rule(
    *[
        "ReduceMean",
        "ReduceSum",
        "ReduceMax",
        "ReduceMin",
        "ReduceProd",
        "ReduceL1",
        "ReduceL2",
        "ReduceLogSum",
        "ReduceLogSumExp",
    ],
    "ReduceSumSquare",
)
def reduce(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """The input with the reduced axes of size 1, or gone."""
    data = node.inputs[0]
    if data is None:
        return []
    dtype, shape, axes = shapes.dtype(data), shapes.shape(data), axes_of(shapes, node)
    if shape is None or axes is None:
        return [(dtype, None)]
    if not axes and flag(node, "noop_with_empty_axes", 0):
        return [(dtype, shape)]
    reduced = {axis % len(shape) for axis in axes} if axes else set(range(len(shape)))
    return [(dtype, _without(shape, reduced, keep=bool(flag(node, "keepdims", 1))))]


@shape_rule("ArgMax", "ArgMin")
def arg_reduce(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """int64, with the axis of size 1 or gone."""
    data = node.inputs[0]
    shape = shapes.shape(data) if data is not None else None
    if shape is None:
        return [(ir.DataType.INT64, None)]
    axis = flag(node, "axis", 0) % len(shape)
    return [(ir.DataType.INT64, _without(shape, {axis}, keep=bool(flag(node, "keepdims", 1))))]


def _without(shape: tuple[Dim, ...], axes: set[int], *, keep: bool) -> tuple[Dim, ...]:
    if keep:
        return tuple(1 if axis in axes else dim for axis, dim in enumerate(shape))
    return tuple(dim for axis, dim in enumerate(shape) if axis not in axes)


@shape_rule("Gather")
def gather(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """The axis replaced by the shape of the indices."""
    data, indices = node.inputs
    if data is None or indices is None:
        return []
    shape, places = shapes.shape(data), shapes.shape(indices)
    if shape is None or places is None:
        return [(shapes.dtype(data), None)]
    axis = flag(node, "axis", 0) % len(shape)
    return [(shapes.dtype(data), (*shape[:axis], *places, *shape[axis + 1 :]))]


@shape_rule("Expand")
def expand(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """The input broadcast with the shape given."""
    data, target = node.inputs
    if data is None or target is None:
        return []
    wanted = shapes.contents(target)
    shape = broadcast(shapes.shape(data), tuple(wanted.tolist())) if wanted is not None else None
    return [(shapes.dtype(data), shape)]


@shape_rule("ConstantOfShape")
def constant_of_shape(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """The shape given, filled with one value."""
    target, value = node.inputs[0], node.attributes.get("value")
    dtype = tensor_in(value).dtype if value is not None else ir.DataType.FLOAT
    wanted = shapes.contents(target) if target is not None else None
    return [(dtype, tuple(wanted.tolist()) if wanted is not None else None)]


@shape_rule("Pad", "Resize", "Split", "Tile", "Einsum", "TopK", "OneHot", "ConvTranspose", "Range", "NonZero")
def by_onnx(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """Onnx's own rule, after making sure that the inputs are inferred."""
    for value in node.inputs:
        if value is not None:
            shapes.dtype(value)
            shapes.shape(value)
    return infer_with_onnx(node, shapes.opset, shapes.constant)
