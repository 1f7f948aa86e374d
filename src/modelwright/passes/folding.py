"""Computes what does not depend on the inputs: weights lazily, small tensors at once, shapes symbolically.

Nothing that would make the file noticeably larger is computed: a Tile of a weight stays a Tile.
"""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.errors import InternalError
from modelwright.hub.builder import OpBuilder
from modelwright.hub.dtypes import INTEGERS
from modelwright.hub.subgraphs import all_nodes, subgraphs_of
from modelwright.passes.arrays import compute_with_numpy
from modelwright.passes.evaluation import evaluate_nodes
from modelwright.rewrites.context import SMALL_CONSTANT, RewriteContext, source_of
from modelwright.rewrites.driver import remove_dead
from modelwright.rewrites.tensors import derived

GROWTH_BYTES = 4096
"""How much larger than its inputs a folded result may be."""

_NODE_BYTES = 64
"""What a node takes in the file at least; all folds together may grow the weights by this for each node."""

_GENERATED_BYTES = 128
"""How large a result may be that is made of next to nothing; it takes little more in the file than the node."""

_GENERATORS = frozenset({"ConstantOfShape", "EyeLike", "Expand", "Tile"})

NEVER_FOLDED = frozenset(
    """
    RandomNormal RandomNormalLike RandomUniform RandomUniformLike Multinomial Bernoulli Dropout QuantizeLinear
    DequantizeLinear DynamicQuantizeLinear Loop If Scan SequenceEmpty SequenceConstruct Optional Constant
    """.split()
)
"""Operators that give something else each time, carry the scheme of a quantized model, or hold no tensors."""

_SHAPE_ARITHMETIC = frozenset(
    "Shape Size Gather Concat Slice Squeeze Unsqueeze Cast Add Sub Mul Div Max Min ReduceProd Reshape Identity".split()
)


def fold_constants(context: RewriteContext) -> int:
    """Replaces nodes whose results are always the same by initializers.

    Returns:
        The number of nodes folded.
    """
    count, rest = 0, dict[ir.Node, None]()
    nodes = list(all_nodes(context.root))
    budget = _Budget(_NODE_BYTES * len(nodes))
    for node in nodes:
        if node.graph is None or node.domain or node.op_type in NEVER_FOLDED or subgraphs_of(node):
            continue
        if any(output.is_graph_output() for output in node.outputs):
            continue
        if _fold_known_contents(context, node) or _fold_with_numpy(context, node, budget):
            count += 1
        elif _is_constant(context, node, rest, budget):
            rest[node] = None
    return count + fold_together(context, list(rest))


class _Budget:
    """How many bytes the weights may still grow by."""

    def __init__(self, size: int) -> None:
        self._left = size

    def allows(self, node: ir.Node, growth: int) -> bool:
        """Whether a result may be so much larger than what it replaces; what is allowed is spent."""
        limit = _GENERATED_BYTES if node.op_type in _GENERATORS else GROWTH_BYTES
        if growth > limit or growth > self._left:
            return False
        self._left -= max(growth, 0)
        return True


def _fold_known_contents(context: RewriteContext, node: ir.Node) -> bool:
    """Shape arithmetic whose result is known though its inputs are not constants."""
    if node.op_type not in _SHAPE_ARITHMETIC:
        return False
    output = node.outputs[0]
    dtype = context.shapes.dtype(output)
    if dtype not in INTEGERS:
        return False
    contents = context.shapes.contents(output)
    if contents is None or any(not isinstance(item, int) for item in contents.reshape(-1).tolist()):
        return False
    array = contents.astype(dtype.numpy() if dtype is not None else np.int64)
    _install(context, node, context.before(node).constant(array))
    return True


def _fold_with_numpy(context: RewriteContext, node: ir.Node, budget: _Budget) -> bool:
    tensors = _input_tensors(context, node)
    if tensors is None or len(node.outputs) != 1:
        return False
    computation = compute_with_numpy(context, node)
    if computation is None or not budget.allows(node, computation.bytes - _freed(node, tensors)):
        return False
    present = [tensor for tensor in tensors if tensor is not None]
    if computation.eager or max((tensor.size for tensor in present), default=0) <= SMALL_CONSTANT:
        array = computation.compute(*(tensor.numpy() for tensor in present))
        _install(context, node, _small(context.before(node), array, node))
        return True
    tensor = derived(present, computation.shape, computation.compute)
    _install(context, node, context.before(node).initializer(tensor, name=_name(node)))
    return True


def _small(op: OpBuilder, array: np.ndarray, node: ir.Node) -> ir.Value:
    return op.constant(array) if array.ndim < 2 else op.constant(array, name=_name(node))


def _name(node: ir.Node) -> str:
    weight = next((value.name for value in node.inputs if value is not None and value.const_value is not None), None)
    return weight or source_of(node) or "const"


def _input_tensors(context: RewriteContext, node: ir.Node) -> list[ir.TensorProtocol | None] | None:
    """The constant tensors of all inputs, None for an input left out; None if any input varies."""
    tensors: list[ir.TensorProtocol | None] = []
    for value in node.inputs:
        tensor = context.tensor(value)
        if value is not None and tensor is None:
            return None
        tensors.append(tensor)
    return tensors if any(tensor is not None for tensor in tensors) else None


def _freed(node: ir.Node, tensors: list[ir.TensorProtocol | None]) -> int:
    """Bytes of the inputs that nothing else needs."""
    return sum(
        tensor.nbytes
        for value, tensor in zip(node.inputs, tensors, strict=True)
        if value is not None and tensor is not None and all(use.node is node for use in value.uses())
    )


def _install(context: RewriteContext, node: ir.Node, value: ir.Value) -> None:
    context.take_emitted()
    context.replace(node.outputs[0], value)
    remove_dead(node)


def _is_constant(context: RewriteContext, node: ir.Node, rest: dict[ir.Node, None], budget: _Budget) -> bool:
    """Whether a node without a numpy rule depends on nothing but small constants and such nodes."""
    if not node.inputs or any(output.dtype is ir.DataType.STRING for output in node.outputs):
        return False
    for value in node.inputs:
        if value is None or value.producer() in rest:
            continue
        tensor = context.tensor(value)
        if tensor is None or tensor.size > SMALL_CONSTANT:
            return False
    sizes = [_size(context, output) for output in node.outputs]
    return None not in sizes and budget.allows(node, sum(size for size in sizes if size is not None))


def _size(context: RewriteContext, value: ir.Value) -> int | None:
    """Bytes of a value, at 8 an element where the dtype is unknown; None when the shape is unknown."""
    sizes, dtype = context.shapes.static_shape(value), context.shapes.dtype(value)
    bits = 64 if dtype in (None, ir.DataType.STRING) else dtype.bitwidth
    return None if sizes is None else int(np.prod(sizes, dtype=np.int64)) * bits // 8


def fold_together(context: RewriteContext, nodes: list[ir.Node]) -> int:
    """Evaluates constant nodes in one session, and installs the results that other nodes need.

    Returns:
        The number of nodes, or 0 if ONNX Runtime cannot run one of them.
    """
    inside = set(nodes)
    wanted = [
        output for node in nodes for output in node.outputs if any(use.node not in inside for use in output.uses())
    ]
    arrays = evaluate_nodes(nodes, wanted, context.opset) if wanted else None
    if arrays is None:
        return 0
    for output, array in zip(wanted, arrays, strict=True):
        node = output.producer()
        if node is None:
            raise InternalError(f"{output.name!r} has no producer")
        context.replace(output, context.before(node).constant(array))
    for node in reversed(nodes):
        remove_dead(node)
    context.take_emitted()
    return len(nodes)
