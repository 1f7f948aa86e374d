"""Numpy forms of the operators that work on weights, so that constants fold without a runtime and lazily."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import onnx_ir as ir

from modelwright.hub.shape_rules.structure import axes_of, resolve_reshape
from modelwright.hub.shape_rules.windows import flag, ints
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.tensors import sizes_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Computation:
    """How to compute a node's result from the arrays of the inputs that are present.

    Attributes:
        shape: Shape of the result.
        bytes: Its size.
        eager: Whether it must be computed now, because the dtype is another one than the first input's.
        compute: Takes the arrays of the inputs that are present.
    """

    shape: tuple[int, ...]
    bytes: int
    eager: bool
    compute: Callable[..., np.ndarray]


_Planned = tuple[tuple[int, ...], Callable[..., np.ndarray]]
_Plan = Callable[[RewriteContext, ir.Node, "list[tuple[int, ...]]"], "_Planned | None"]
_PLANS: dict[str, _Plan] = {}

_BINARY: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Max": np.maximum,
    "Min": np.minimum,
}
_UNARY: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "Neg": np.negative,
    "Abs": np.absolute,
    "Sqrt": np.sqrt,
    "Exp": np.exp,
    "Log": np.log,
    "Reciprocal": np.reciprocal,
    "Identity": np.asarray,
}
_FLOAT_ONLY = frozenset({"Sqrt", "Exp", "Log", "Reciprocal", "Div"})


def compute_with_numpy(context: RewriteContext, node: ir.Node) -> Computation | None:
    """How numpy computes the node, or None if there is no such form for it (or its dtype)."""
    first = context.tensor(node.inputs[0]) if node.inputs else None
    plan = _PLANS.get(node.op_type)
    if first is None or plan is None or first.dtype is ir.DataType.STRING or first.dtype.bitwidth < 8:
        return None
    sizes = [sizes_of(tensor) for value in node.inputs if (tensor := context.tensor(value)) is not None]
    floating = first.dtype.is_floating_point()
    if node.op_type in _FLOAT_ONLY and not floating:
        return None
    found = plan(context, node, sizes)
    if found is None:
        return None
    shape, compute = found
    dtype = ir.DataType(node.attributes["to"].as_int()) if node.op_type == "Cast" else first.dtype
    if dtype is ir.DataType.STRING or dtype.bitwidth < 8:
        return None
    count = int(np.prod(shape, dtype=np.int64))
    numpy_dtype = dtype.numpy()

    def typed(*arrays: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.asarray(compute(*arrays)).astype(numpy_dtype, copy=False)

    return Computation(shape=shape, bytes=count * dtype.bitwidth // 8, eager=dtype is not first.dtype, compute=typed)


def _plan(*op_types: str) -> Callable[[_Plan], _Plan]:
    def register(plan: _Plan) -> _Plan:
        _PLANS.update(dict.fromkeys(op_types, plan))
        return plan

    return register


@_plan(*_UNARY)
def _unary(_context: RewriteContext, node: ir.Node, sizes: list[tuple[int, ...]]) -> _Planned:
    return sizes[0], _UNARY[node.op_type]


@_plan("Cast")
def _cast(_context: RewriteContext, _node: ir.Node, sizes: list[tuple[int, ...]]) -> _Planned:
    return sizes[0], np.asarray


@_plan(*_BINARY, "Div")
def _binary(_context: RewriteContext, node: ir.Node, sizes: list[tuple[int, ...]]) -> _Planned | None:
    if len(sizes) != 2:
        return None
    return np.broadcast_shapes(*sizes), np.divide if node.op_type == "Div" else _BINARY[node.op_type]


@_plan("Transpose")
def _transpose(_context: RewriteContext, node: ir.Node, sizes: list[tuple[int, ...]]) -> _Planned:
    perm = ints(node, "perm", list(range(len(sizes[0])))[::-1])
    return tuple(sizes[0][axis] for axis in perm), partial(np.transpose, axes=perm)


@_plan("Reshape", "Squeeze", "Unsqueeze")
def _reshape(context: RewriteContext, node: ir.Node, sizes: list[tuple[int, ...]]) -> _Planned | None:
    if node.op_type == "Reshape":
        wanted = context.ints(node.inputs[1])
        found = wanted and resolve_reshape(sizes[0], list(wanted), allowzero=bool(flag(node, "allowzero")))
        target = () if wanted == [] else found
    else:
        axes = axes_of(context.shapes, node)
        target = None if axes is None else _with_axes(node.op_type, sizes[0], axes)
    if target is None or any(not isinstance(dim, int) for dim in target):
        return None
    shape = tuple(dim for dim in target if isinstance(dim, int))

    def compute(array: np.ndarray, *_target: np.ndarray) -> np.ndarray:
        return np.reshape(array, shape)

    return shape, compute


def _with_axes(op_type: str, sizes: Sequence[int], axes: list[int]) -> tuple[int, ...]:
    if op_type == "Squeeze":
        dropped = {axis % len(sizes) for axis in axes}
        return tuple(size for axis, size in enumerate(sizes) if (axis not in dropped if axes else size != 1))
    rank = len(sizes) + len(axes)
    added, rest = {axis % rank for axis in axes}, iter(sizes)
    return tuple(1 if axis in added else next(rest) for axis in range(rank))


@_plan("Concat")
def _concat(_context: RewriteContext, node: ir.Node, sizes: list[tuple[int, ...]]) -> _Planned:
    axis = node.attributes["axis"].as_int() % len(sizes[0])
    shape = list(sizes[0])
    shape[axis] = sum(size[axis] for size in sizes)

    def compute(*arrays: np.ndarray) -> np.ndarray:
        return np.concatenate(arrays, axis=axis)

    return tuple(shape), compute


@_plan("Expand")
def _expand(context: RewriteContext, node: ir.Node, sizes: list[tuple[int, ...]]) -> _Planned | None:
    wanted = context.ints(node.inputs[1])
    if wanted is None:
        return None
    shape = np.broadcast_shapes(sizes[0], tuple(wanted))

    def compute(array: np.ndarray, *_target: np.ndarray) -> np.ndarray:
        return np.broadcast_to(array, shape)

    return shape, compute
