"""What reads a value bends it: behind a function that is flat somewhere, errors there do not matter.

A range that is chosen for the error behind the function clips what the function flattens anyway (the far negative side
of SiLU, both far sides of a sigmoid), and so has finer steps where they count. A sigmoid counts where it scales things.
Where it makes scores it does not: detections are ranked by theirs, so that small differences matter however flat it is.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx_ir as ir

Response = Callable[[np.ndarray], np.ndarray]
"""An elementwise function, float64 to float64."""

_FARTHEST = 60.0
"""Beyond, exponentials overflow or vanish."""


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x))."""
    return 1 / (1 + np.exp(-np.clip(x, -_FARTHEST, _FARTHEST)))


def hard_sigmoid(alpha: float, beta: float) -> Response:
    """max(0, min(1, alpha x + beta))."""
    return lambda x: np.clip(alpha * x + beta, 0, 1)


def gated(gate: Response) -> Response:
    """The product of a number and its gate: SiLU with a sigmoid, HardSwish with a hard one."""
    return lambda x: x * gate(x)


def gelu(x: np.ndarray) -> np.ndarray:
    """GELU in the tanh form, which is near enough to weigh errors with."""
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def response_of(value: ir.Value) -> Response | None:
    """The one function through which everything reads a value; None where there is no such function.

    Args:
        value: Any value of a graph.
    """
    readers = list(dict.fromkeys(use.node for use in value.uses()))
    if value.is_graph_output() or not readers:
        return None
    functions = [_function(node) for node in readers]
    if len(readers) == 1:
        return functions[0] if readers[0].op_type not in _SATURATING or _only_scales(readers[0]) else None
    for gate, function in zip(readers, functions, strict=True):
        if function is not None and gate.op_type in _GATES and _gates(gate, value, readers):
            return gated(function)
    return None


_GATES = ("Sigmoid", "HardSigmoid")
_SATURATING = ("Sigmoid", "HardSigmoid", "Tanh")


def _function(node: ir.Node) -> Response | None:
    """What a node of one input computes."""
    if node.domain != "":
        return None
    if node.op_type == "HardSigmoid":
        return hard_sigmoid(
            node.attributes.get_float("alpha", 0.2) or 0.0, node.attributes.get_float("beta", 0.5) or 0.0
        )
    known: dict[str, Response] = {
        "Sigmoid": sigmoid,
        "Tanh": np.tanh,
        "HardSwish": gated(hard_sigmoid(1 / 6, 0.5)),
        "Gelu": gelu,
    }
    return known.get(node.op_type)


def _only_scales(node: ir.Node) -> bool:
    """Whether everything that reads a node's result multiplies with it."""
    result = node.outputs[0]
    uses = list(result.uses())
    return bool(uses) and not result.is_graph_output() and all(use.node.op_type == "Mul" for use in uses)


def _gates(gate: ir.Node, value: ir.Value, readers: list[ir.Node]) -> bool:
    """Whether all else that reads a value multiplies it with this gate, and nothing else reads the gate."""
    opened = gate.outputs[0]
    if opened.is_graph_output():
        return False
    products = [node for node in readers if node is not gate]
    wanted = all(
        node.op_type == "Mul" and node.domain == "" and set(node.inputs) == {value, opened} for node in products
    )
    return wanted and {use.node for use in opened.uses()} == set(products)
