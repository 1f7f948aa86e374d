"""Operators that TensorFlow.js's converter merged, taken apart into those TensorFlow itself has.

``_FusedConv2D``, ``FusedDepthwiseConv2dNative`` and ``_FusedMatMul`` carry in ``fused_ops`` what follows them (a bias,
an activation) and its operands as further inputs; ``Prelu`` (``x`` where x > 0, else ``alpha * x``) is an operator of
TensorFlow.js alone. The last node of each chain keeps the merged node's name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelwright.errors import ModelFormatError, UnsupportedError
from modelwright.frontends.tensorflow.messages import DATA_TYPES, Message, message_class

_BASES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "_FusedConv2D": ("Conv2D", ("T", "strides", "padding", "explicit_paddings", "data_format", "dilations")),
    "FusedDepthwiseConv2dNative": (
        "DepthwiseConv2dNative",
        ("T", "strides", "padding", "explicit_paddings", "data_format", "dilations"),
    ),
    "_FusedMatMul": ("MatMul", ("T", "transpose_a", "transpose_b")),
}
_ACTIVATIONS: Final = frozenset({"Relu", "Relu6", "Elu", "Sigmoid", "Tanh", "LeakyRelu"})
_PRELU: Final = "Prelu"
_NOTHING: Final = "noop"
_OPERANDS: Final = ("BiasAdd", _PRELU)
"""What takes a further input when it is merged."""


def take_apart(node: Message) -> list[Message]:
    """The nodes that do what ``node`` does, the last one of its name; ``[node]`` for all other operators.

    Raises:
        ModelFormatError: It has too few inputs.
        UnsupportedError: Something is merged into it that is not known.
    """
    data = [name for name in node.input if not name.startswith("^")]
    fused = [item.decode(errors="replace") for item in node.attr["fused_ops"].list.s] if node.op in _BASES else []
    operands = 2 + sum(item in _OPERANDS for item in fused)
    if node.op in (_PRELU, *_BASES) and len(data) < operands:
        raise ModelFormatError(
            f"{node.op} {node.name!r} has {len(data)} inputs instead of {operands}",
            hint="the file is damaged; convert the model again",
            node=node.name,
        )
    if node.op == _PRELU:
        chain = _Chain(node)
        chain.prelu(data[0], data[1])
        return chain.finish()
    if node.op not in _BASES:
        return [node]
    chain = _Chain(node)
    rest = iter(data)
    op, kept = _BASES[node.op]
    value = chain.add(op, next(rest), next(rest), attributes=kept)
    for item in fused:
        value = _follow(chain, item, value, rest)
    return chain.finish()


def _follow(chain: _Chain, fused: str, value: str, rest: Iterator[str]) -> str:
    if fused == "BiasAdd":
        return chain.add("BiasAdd", value, next(rest), attributes=("T", "data_format"))
    if fused == _PRELU:
        return chain.prelu(value, next(rest))
    if fused in _ACTIVATIONS:
        return chain.add(fused, value, attributes=("T",))
    if fused == _NOTHING:
        return value
    raise UnsupportedError(
        f"{chain.node.op} {chain.node.name!r} is merged with {fused}, which is not known",
        hint="convert the model that this one was made from",
        node=chain.node.name,
    )


class _Chain:
    """Nodes in the making; names are the merged node's with a suffix."""

    def __init__(self, node: Message) -> None:
        self.node = node
        self._made: list[Message] = []

    def add(self, op: str, *inputs: str, attributes: tuple[str, ...] = ("T",)) -> str:
        """Appends a node that takes ``attributes`` over and returns its reference."""
        made = message_class("NodeDef")(name=f"{self.node.name}/{op}_{len(self._made)}", op=op, input=inputs)
        for name in attributes:
            if name in self.node.attr:
                made.attr[name].CopyFrom(self.node.attr[name])
        if "T" not in made.attr:
            made.attr["T"].type = DATA_TYPES["DT_FLOAT"]  # the only type that TensorFlow.js computes these in
        if op == "LeakyRelu" and "leakyrelu_alpha" in self.node.attr:
            made.attr["alpha"].CopyFrom(self.node.attr["leakyrelu_alpha"])
        self._made.append(made)
        return made.name

    def prelu(self, x: str, alpha: str) -> str:
        """``Relu(x) - alpha * Relu(-x)``."""
        negative = self.add("Relu", self.add("Neg", x))
        return self.add("Sub", self.add("Relu", x), self.add("Mul", alpha, negative))

    def finish(self) -> list[Message]:
        """The nodes; the last one bears the name and the control inputs."""
        self._made[-1].name = self.node.name
        self._made[0].input.extend(name for name in self.node.input if name.startswith("^"))
        return self._made
