"""Where in a network one can tell whether its inputs are what it was trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.hub.shapes import Shapes

_DECIDING: Final = frozenset({"Softmax", "LogSoftmax", "Sigmoid"})
_PASSING: Final = frozenset(
    "Reshape Transpose Squeeze Unsqueeze Flatten Identity Cast Concat Slice Split Gather "
    "QuantizeLinear DequantizeLinear ArgMax".split()
)
_SCORING: Final = frozenset({"Gemm", "MatMul"})
_FIRST: Final = 4
_BIASED: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What training left behind of a value: its mean and deviation for each channel.

    Attributes:
        value: Name of the output of a BatchNormalization, or of what that was folded into.
        mean: Its shift; float64, (channels,).
        deviation: The magnitude of its scale; float64, (channels,).
    """

    value: str
    mean: np.ndarray
    deviation: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmarks:
    """The places of one network.

    Attributes:
        expected: Behind its first batch normalizations.
        biased: Output of its first layer with a bias, and the magnitudes of the bias's elements.
        clipped: Outputs of its first Clips, with the upper bound.
        decisions: Values that a softmax or a sigmoid at the end turns into probabilities, or scores that are outputs.
    """

    expected: tuple[Expected, ...] = ()
    biased: tuple[tuple[str, np.ndarray], ...] = ()
    clipped: tuple[tuple[str, float], ...] = ()
    decisions: tuple[str, ...] = ()


def landmarks(model: ir.Model) -> Landmarks:
    """Looks for them; best before batch normalizations are folded.

    Args:
        model: The float model.
    """
    shapes = Shapes(model.opset_imports.get("", 1))
    nodes = list(model.graph)
    expected = (item for node in nodes for item in _expected(node, shapes))
    biased = (item for node in nodes for item in _biased(node, shapes))
    clipped = (item for node in nodes for item in _clipped(node, shapes))
    return Landmarks(
        expected=tuple(item for item, _ in zip(expected, range(_FIRST), strict=False)),
        biased=tuple(item for item, _ in zip(biased, range(_BIASED), strict=False)),
        clipped=tuple(item for item, _ in zip(clipped, range(_FIRST), strict=False)),
        decisions=_decisions(model),
    )


def _constant(node: ir.Node, index: int, shapes: Shapes) -> np.ndarray | None:
    value = node.inputs[index] if index < len(node.inputs) else None
    if value is None:
        return None
    if value.const_value is not None:
        return value.const_value.numpy()
    return shapes.constant(value)


def _expected(node: ir.Node, shapes: Shapes) -> Iterator[Expected]:
    if node.op_type != "BatchNormalization" or node.domain:
        return
    scale, shift = _constant(node, 1, shapes), _constant(node, 2, shapes)
    if scale is not None and shift is not None and node.outputs[0].name:
        deviation = np.abs(scale.astype(np.float64))
        yield Expected(value=node.outputs[0].name, mean=shift.astype(np.float64), deviation=deviation)


def _biased(node: ir.Node, shapes: Shapes) -> Iterator[tuple[str, np.ndarray]]:
    if node.domain or node.op_type not in ("Conv", "Gemm", "ConvTranspose"):
        return
    bias = _constant(node, 2, shapes)
    if bias is not None and bias.ndim == 1 and node.outputs[0].name:
        yield node.outputs[0].name, np.abs(bias.astype(np.float64))


def _clipped(node: ir.Node, shapes: Shapes) -> Iterator[tuple[str, float]]:
    if node.domain or node.op_type != "Clip" or not node.outputs[0].name:
        return
    attribute = node.attributes.get("max")
    high = attribute.as_float() if attribute is not None else _constant(node, 2, shapes)
    if high is not None and np.size(high) == 1:
        yield node.outputs[0].name, float(np.asarray(high).reshape(-1)[0])


def _decisions(model: ir.Model) -> tuple[str, ...]:
    """Walks back from the outputs over what only moves values."""
    found: dict[str, None] = {}
    pending = list(reversed(model.graph.outputs))
    seen: set[int] = set()
    while pending:
        value = pending.pop()
        node = value.producer()
        if node is None or id(value) in seen:
            continue
        seen.add(id(value))
        if node.op_type in _DECIDING:
            pending_value = node.inputs[0]
            if pending_value is not None and pending_value.name and pending_value.producer() is not None:
                found[pending_value.name] = None
        elif node.op_type in _PASSING:
            pending.extend(item for item in reversed(node.inputs) if item is not None and item.const_value is None)
        elif (node.op_type in _SCORING or _adds_bias(node)) and value.name:
            found[value.name] = None
    return tuple(found)


def _adds_bias(node: ir.Node) -> bool:
    return node.op_type == "Add" and any(item is not None and item.const_value is not None for item in node.inputs)
