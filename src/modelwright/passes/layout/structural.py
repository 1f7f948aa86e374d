"""Operators with axes in another order: the axes, and the constants that list them, are renumbered."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import onnx_ir as ir

from modelwright.hub.emitters import OpsetBuilder
from modelwright.hub.shape_rules.structure import axes_of
from modelwright.hub.shape_rules.windows import flag, text
from modelwright.passes.layout.movable import Movable, movable
from modelwright.passes.layout.permutations import Layout
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.tensors import transposed


def _first_rank(context: RewriteContext, node: ir.Node) -> int | None:
    data = node.inputs[0] if node.inputs else None
    return context.rank(data) if data is not None else None


def _renumber(axis: int, rank: int, perm: Layout) -> int:
    return perm.index(axis % rank)


@movable("Concat", "Split", "Softmax", "LogSoftmax", "Hardmax", "LpNormalization", "TopK")
def one_axis(context: RewriteContext, node: ir.Node) -> Movable | None:
    """The ``axis`` attribute is renumbered; constants among the inputs of Concat are transposed."""
    rank = _first_rank(context, node)
    if rank is None or (context.opset < 13 and node.op_type in ("Softmax", "LogSoftmax", "Hardmax")):
        return None
    default = {"Split": 0}.get(node.op_type, -1)
    joined = node.op_type == "Concat"
    candidates = range(len(node.inputs)) if joined else range(1)
    carriers = tuple(place for place in candidates if context.tensor(node.inputs[place]) is None)

    def follow(op: OpsetBuilder, perm: Layout) -> None:
        node.attributes["axis"] = ir.AttrInt64("axis", _renumber(flag(node, "axis", default), rank, perm))
        for place in candidates:
            tensor = context.tensor(node.inputs[place])
            if tensor is not None:
                name = tensor.name or "const"
                node.replace_input_with(place, op.initializer(transposed(tensor, perm), name=name))

    return Movable(node=node, inputs=carriers, outputs=tuple(node.outputs), rank=rank, follow=follow)


@movable(
    "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum",
    "ReduceLogSumExp", "ReduceSumSquare",
)  # fmt: skip
def reduction(context: RewriteContext, node: ir.Node) -> Movable | None:
    """The axes are renumbered. Without ``keepdims`` the order of those that stay must not change."""
    rank, axes = _first_rank(context, node), axes_of(context.shapes, node)
    if rank is None or axes is None or (not axes and flag(node, "noop_with_empty_axes")):
        return None
    reduced = sorted(axis % rank for axis in axes) or list(range(rank))

    def follow(op: OpsetBuilder, perm: Layout) -> None:
        _set_axes(op, node, 1, sorted(perm.index(axis) for axis in reduced), given=bool(axes))

    return _shrinking(node, rank, reduced, follow)


@movable("ArgMax", "ArgMin")
def arg_reduction(context: RewriteContext, node: ir.Node) -> Movable | None:
    """The axis is renumbered, as for the reductions."""
    rank = _first_rank(context, node)
    if rank is None:
        return None
    axis = flag(node, "axis", 0) % rank

    def follow(_op: OpsetBuilder, perm: Layout) -> None:
        node.attributes["axis"] = ir.AttrInt64("axis", perm.index(axis))

    return _shrinking(node, rank, [axis], follow)


def _shrinking(
    node: ir.Node, rank: int, reduced: Sequence[int], follow: Callable[[OpsetBuilder, Layout], None]
) -> Movable:
    if flag(node, "keepdims", 1):
        return Movable(node=node, inputs=(0,), outputs=tuple(node.outputs), rank=rank, follow=follow)

    def allows(perm: Layout) -> bool:
        kept = [axis for axis in perm if axis not in reduced]
        return kept == sorted(kept)

    return Movable(node=node, inputs=(0,), outputs=(), rank=rank, follow=follow, allows=allows)


def _set_axes(op: OpsetBuilder, node: ir.Node, place: int, axes: Sequence[int], *, given: bool) -> None:
    if "axes" in node.attributes:
        node.attributes["axes"] = ir.AttrInt64s("axes", list(axes))
    elif given:
        node.replace_input_with(place, op.ints(axes))


@movable("Slice")
def slice_(context: RewriteContext, node: ir.Node) -> Movable | None:
    """The axes are renumbered; starts, ends and steps keep their order."""
    rank = _first_rank(context, node)
    if rank is None or len(node.inputs) < 3:
        return None
    given = node.inputs[3] if len(node.inputs) > 3 else None
    starts = context.shape(node.inputs[1]) if node.inputs[1] is not None else None
    axes = context.ints(given)
    if axes is None and given is None and starts is not None and isinstance(starts[0], int):
        axes = list(range(starts[0]))
    if axes is None:
        return None
    fixed = axes

    def follow(op: OpsetBuilder, perm: Layout) -> None:
        if len(node.inputs) < 4:
            node.resize_inputs(4)
        node.replace_input_with(3, op.ints([_renumber(axis, rank, perm) for axis in fixed]))

    return Movable(node=node, inputs=(0,), outputs=tuple(node.outputs), rank=rank, follow=follow)


@movable("Pad", "Tile", "Expand")
def per_axis_input(context: RewriteContext, node: ir.Node) -> Movable | None:
    """The second input has an entry (Pad: two) for each axis, and is permuted like the data."""
    rank = _first_rank(context, node)
    amounts = node.inputs[1] if len(node.inputs) > 1 else None
    if rank is None or amounts is None:
        return None
    double = 2 if node.op_type == "Pad" else 1
    axes_given = len(node.inputs) > 3 and node.inputs[3] is not None
    axes = context.ints(node.inputs[3]) if axes_given else None
    length = context.shape(amounts)
    if (axes_given and axes is None) or length is None or (axes is None and length != (rank * double,)):
        return None

    def follow(op: OpsetBuilder, perm: Layout) -> None:
        if axes is not None:
            node.replace_input_with(3, op.ints([_renumber(axis, rank, perm) for axis in axes]))
        else:
            node.replace_input_with(
                1, _picked(context, op, amounts, [*perm, *(axis + rank for axis in perm)][: rank * double])
            )

    return Movable(node=node, inputs=(0,), outputs=tuple(node.outputs), rank=rank, follow=follow)


def _picked(context: RewriteContext, op: OpsetBuilder, vector: ir.Value, places: Sequence[int]) -> ir.Value:
    """The entries of a vector in another order: a constant if it is one, else a Gather."""
    constant = context.ints(vector)
    return op.ints([constant[place] for place in places]) if constant is not None else op.gather(vector, list(places))


@movable("Resize")
def resize(context: RewriteContext, node: ir.Node) -> Movable | None:
    """Scales or sizes are permuted. The resized axes stay behind batch and channels: runtimes know no other order."""
    rank = _first_rank(context, node)
    if (
        rank is None
        or "axes" in node.attributes
        or text(node, "coordinate_transformation_mode", "") == "tf_crop_and_resize"
    ):
        return None
    data, place = node.inputs[0], 3 if len(node.inputs) > 3 and node.inputs[3] is not None else 2
    vector = node.inputs[place] if len(node.inputs) > place else None
    tensor = context.tensor(vector)
    shape = context.shape(data) if data is not None else None
    if tensor is None or shape is None or tensor.size != rank:
        return None
    amounts = tensor.numpy().tolist()
    same = shape if place == 3 else (1.0,) * rank
    resized = [axis for axis in range(rank) if amounts[axis] != same[axis]]

    def allows(perm: Layout) -> bool:
        return all(perm.index(axis) >= 2 for axis in resized)

    def follow(op: OpsetBuilder, perm: Layout) -> None:
        node.replace_input_with(place, op.initializer(_shuffled(tensor, perm), name=tensor.name or "scales"))

    return Movable(node=node, inputs=(0,), outputs=tuple(node.outputs), rank=rank, follow=follow, allows=allows)


def _shuffled(tensor: ir.TensorProtocol, perm: Layout) -> ir.TensorProtocol:
    return ir.Tensor(tensor.numpy()[list(perm)], dtype=tensor.dtype)


@movable("Shape")
def shape(context: RewriteContext, node: ir.Node) -> Movable | None:
    """The shape of transposed data is put back in order by a Gather, which costs nothing."""
    rank = _first_rank(context, node)
    if rank is None:
        return None

    def follow(op: OpsetBuilder, perm: Layout) -> None:
        end = node.attributes.get("end")
        wanted = range(rank)[flag(node, "start", 0) : end.as_int() if end is not None else None]
        result = node.outputs[0]
        for name in ("start", "end"):
            node.attributes.pop(name, None)
        picked = op.gather(result, [perm.index(axis) for axis in wanted])
        context.replace(result, picked)
        gathering = picked.producer()
        if gathering is not None:
            gathering.replace_input_with(0, result)
        result.name = result.name or context.names.unique(f"{node.name}:whole")
        result.shape = ir.Shape([rank])
        context.shapes.forget(result)

    return Movable(node=node, inputs=(0,), outputs=(), rank=rank, follow=follow)


@movable("Gather")
def gather(context: RewriteContext, node: ir.Node) -> Movable | None:
    """The axis is renumbered: a vector of indices keeps the rank, a scalar drops the axis."""
    rank = _first_rank(context, node)
    indices = node.inputs[1] if len(node.inputs) > 1 else None
    width = context.rank(indices) if indices is not None else None
    if rank is None or width is None or width > 1:
        return None
    axis = flag(node, "axis", 0) % rank

    def follow(_op: OpsetBuilder, perm: Layout) -> None:
        node.attributes["axis"] = ir.AttrInt64("axis", perm.index(axis))

    if width == 1:
        return Movable(node=node, inputs=(0,), outputs=tuple(node.outputs), rank=rank, follow=follow)

    def allows(perm: Layout) -> bool:
        kept = [item for item in perm if item != axis]
        return kept == sorted(kept)

    return Movable(node=node, inputs=(0,), outputs=(), rank=rank, follow=follow, allows=allows)


@movable("LayerNormalization")
def layer_normalization(context: RewriteContext, node: ir.Node) -> Movable | None:
    """The axes in front of the normalized ones may change places."""
    rank = _first_rank(context, node)
    if rank is None or len(node.outputs) > 1:
        return None
    first = flag(node, "axis", -1) % rank
    return _behind(node, rank, first)


@movable("MatMul")
def matrix_product(context: RewriteContext, node: ir.Node) -> Movable | None:
    """With a constant matrix on the right, all axes but the last may change places."""
    rank = _first_rank(context, node)
    tensor = context.tensor(node.inputs[1])
    if rank is None or rank < 2 or tensor is None or len(tensor.shape) != 2:
        return None
    return _behind(node, rank, rank - 1)


def _behind(node: ir.Node, rank: int, first: int) -> Movable:
    def allows(perm: Layout) -> bool:
        return perm[first:] == tuple(range(first, rank))

    return Movable(node=node, inputs=(0,), outputs=tuple(node.outputs), rank=rank, follow=_nothing, allows=allows)


def _nothing(_op: OpsetBuilder, _perm: Layout) -> None:
    """Nothing depends on the order."""
