"""Shapes of elementwise operators: the input's, or the inputs' broadcast together."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.hub.shape_rules.prefixes import broadcast_prefix
from modelwright.hub.shapes import Inferred, Shapes, shape_rule


def broadcast(*shapes: tuple[Dim, ...] | None) -> tuple[Dim, ...] | None:
    """The shape of inputs broadcast together as numpy does; None if any rank is unknown.

    A dimension is known if some input has a size other than 1, or all inputs agree.
    """
    known = [shape for shape in shapes if shape is not None]
    if len(known) != len(shapes) or not known:
        return None
    rank = max(len(shape) for shape in known)
    result: list[Dim] = []
    for axis in range(-rank, 0):
        dims = [shape[axis] for shape in known if len(shape) >= -axis]
        result.append(_broadcast_dim(dims))
    return tuple(result)


def _broadcast_dim(dims: list[Dim]) -> Dim:
    larger = [dim for dim in dims if isinstance(dim, int) and dim != 1]
    if larger:
        return larger[0]
    open_dims = [dim for dim in dims if dim != 1]
    if not open_dims:
        return 1
    first, *others = dict.fromkeys(open_dims)
    return first if not others else broadcast_prefix(first, others[0]) if len(others) == 1 else None


@shape_rule(
    *[
        "Abs",
        "Acos",
        "Acosh",
        "Asin",
        "Asinh",
        "Atan",
        "Atanh",
        "Ceil",
        "Celu",
        "Clip",
        "Cos",
        "Cosh",
        "Elu",
        "Erf",
        "Exp",
        "Floor",
        "Gelu",
        "HardSigmoid",
        "HardSwish",
    ],
    *[
        "Identity",
        "LeakyRelu",
        "Log",
        "LogSoftmax",
        "Mish",
        "Neg",
        "Not",
        "Reciprocal",
        "Relu",
        "Round",
        "Selu",
        "Shrink",
        "Sigmoid",
        "Sign",
        "Sin",
        "Sinh",
    ],
    *[
        "Softmax",
        "Softplus",
        "Softsign",
        "Sqrt",
        "Swish",
        "Tan",
        "Tanh",
        "ThresholdedRelu",
        "CumSum",
        "LRN",
        "Trilu",
        "InstanceNormalization",
    ],
    *"GroupNormalization LpNormalization Hardmax BitwiseNot MeanVarianceNormalization ReverseSequence".split(),
    *"ScatterND ScatterElements".split(),
)
def unary(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """Dtype and shape of the first input."""
    first = node.inputs[0]
    return [(shapes.dtype(first), shapes.shape(first))] if first is not None else []


@shape_rule(
    *[
        "Add",
        "Sub",
        "Mul",
        "Div",
        "Pow",
        "Mod",
        "Max",
        "Min",
        "Mean",
        "Sum",
        "PRelu",
        "BitShift",
        "BitwiseAnd",
        "BitwiseOr",
        "BitwiseXor",
    ]
)
def arithmetic(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """Dtype of the first input, shapes broadcast."""
    inputs = [value for value in node.inputs if value is not None]
    return [(shapes.dtype(inputs[0]), broadcast(*(shapes.shape(value) for value in inputs)))]


@shape_rule(*"Equal Less LessOrEqual Greater GreaterOrEqual And Or Xor IsNaN IsInf".split())
def comparison(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """Boolean, shapes broadcast."""
    return [(ir.DataType.BOOL, broadcast(*(shapes.shape(value) for value in node.inputs if value is not None)))]


@shape_rule("Where")
def where(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """Dtype of the branches, the three shapes broadcast."""
    condition, left, right = node.inputs
    if condition is None or left is None or right is None:
        return []
    shape = broadcast(shapes.shape(condition), shapes.shape(left), shapes.shape(right))
    return [(shapes.dtype(left) or shapes.dtype(right), shape)]


@shape_rule("Cast")
def cast(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """The dtype asked for, the input's shape."""
    first = node.inputs[0]
    return [(ir.DataType(node.attributes["to"].as_int()), shapes.shape(first) if first is not None else None)]


_BOOLEAN_MASK = 10


@shape_rule("Dropout")
def dropout(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """The input, and a mask of its shape: boolean since opset 10, of the input's dtype before."""
    first = node.inputs[0]
    if first is None:
        return []
    dtype, shape = shapes.dtype(first), shapes.shape(first)
    return [(dtype, shape), (ir.DataType.BOOL if shapes.opset >= _BOOLEAN_MASK else dtype, shape)]


@shape_rule("BatchNormalization", "LayerNormalization")
def normalization(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """The input; the statistics are left unknown."""
    return unary(shapes, node)
