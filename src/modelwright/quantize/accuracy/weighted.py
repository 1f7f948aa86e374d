"""Layers with constant weights, whatever the operator: where channels lie in their arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import onnx_ir as ir

from modelwright.hub.shape_rules.windows import flag

OPERATORS = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighted:
    """A convolution or matrix product whose second operand is a constant.

    Attributes:
        node: The node.
        x: What it reads.
        weight: The constant.
        bias: The constant that it adds to each output channel; None for none.
        group: Groups of a convolution.
        sizes: The weight's shape.
        transposed: Whether the weight's output channels come second: ConvTranspose, MatMul, Gemm without transB.
    """

    node: ir.Node
    x: ir.Value
    weight: ir.Value
    bias: ir.Value | None
    group: int
    sizes: tuple[int, ...]
    transposed: bool

    @property
    def is_convolution(self) -> bool:
        """Whether channels are at axis 1 of what it reads and makes; else they are last."""
        return self.node.op_type in ("Conv", "ConvTranspose")

    @property
    def out_channels(self) -> int:
        """Channels that it makes."""
        return self.sizes[1] * self.group if self.transposed else self.sizes[0]

    @property
    def in_channels(self) -> int:
        """Channels that it reads."""
        return self.sizes[0] if self.transposed else self.sizes[1] * self.group

    @property
    def view(self) -> tuple[int, int, int, int]:
        """Shape to see the weight in: group, channels of a group (first, second), kernel."""
        kernel = int(np.prod(self.sizes[2:], dtype=np.int64))
        return self.group, self.sizes[0] // self.group, self.sizes[1], kernel

    def array(self) -> np.ndarray:
        """The weight as float32 ``[groups, outputs of a group, inputs of a group, kernel]``."""
        tensor = cast("ir.TensorProtocol", self.weight.const_value)
        seen = tensor.numpy().astype(np.float32).reshape(self.view)
        return seen.transpose(0, 2, 1, 3) if self.transposed else seen

    def shaped(self, array: np.ndarray) -> np.ndarray:
        """What ``array`` gives, back in the weight's shape and dtype."""
        seen = array.transpose(0, 2, 1, 3) if self.transposed else array
        tensor = cast("ir.TensorProtocol", self.weight.const_value)
        return np.ascontiguousarray(seen.reshape(self.sizes), dtype=tensor.dtype.numpy())

    def input_index(self, labels: np.ndarray) -> np.ndarray:
        """One label for each input channel, in a shape that broadcasts over ``view``."""
        if self.transposed:
            return labels.reshape(self.group, -1, 1, 1)
        return labels.reshape(self.group, 1, -1, 1)

    def output_index(self, labels: np.ndarray) -> np.ndarray:
        """One label for each output channel, in a shape that broadcasts over ``view``."""
        if self.transposed:
            return labels.reshape(self.group, 1, -1, 1)
        return labels.reshape(self.group, -1, 1, 1)


def weighted(node: ir.Node) -> Weighted | None:
    """The node as a layer with constant floating-point weights of its own; None if it is none."""
    if node.domain or node.op_type not in OPERATORS or len(node.inputs) < 2:
        return None
    x, weight = node.inputs[0], node.inputs[1]
    if x is None or weight is None or not is_own_constant(weight):
        return None
    sizes = tuple(int(dim) for dim in cast("ir.TensorProtocol", weight.const_value).shape)  # pyright: ignore[reportArgumentType]
    matrix = node.op_type in ("Gemm", "MatMul")
    if (matrix and len(sizes) != 2) or not all(sizes) or not _is_plain(node):
        return None
    bias = node.inputs[2] if len(node.inputs) > 2 else None
    transposed = node.op_type in ("ConvTranspose", "MatMul") or (node.op_type == "Gemm" and not flag(node, "transB"))
    return Weighted(
        node=node,
        x=x,
        weight=weight,
        bias=bias,
        group=flag(node, "group", 1) if not matrix else 1,
        sizes=sizes,
        transposed=transposed,
    )


def _is_plain(node: ir.Node) -> bool:
    """Whether a Gemm only multiplies ``x`` and adds the bias."""
    factors = [node.attributes[name].as_float() for name in ("alpha", "beta") if name in node.attributes]
    return not flag(node, "transA") and all(factor == 1.0 for factor in factors)


def is_own_constant(value: ir.Value) -> bool:
    """Whether a value is a floating-point constant that one node reads once and nobody can override."""
    tensor = value.const_value
    return (
        tensor is not None
        and tensor.dtype.is_floating_point()
        and len(value.uses()) == 1
        and value.producer() is None
        and not value.is_graph_input()
        and not value.is_graph_output()
    )


def layers_of(model: ir.Model) -> list[Weighted]:
    """The layers with constant weights of the main graph, in order."""
    return [layer for node in model.graph if (layer := weighted(node)) is not None]
