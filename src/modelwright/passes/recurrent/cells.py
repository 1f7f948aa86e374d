"""One step of LSTM, GRU and RNN in ONNX's operators, and the activations that they take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import onnx_ir as ir

from modelwright.errors import ConversionError
from modelwright.hub.emitters import OpsetBuilder

Activate = Callable[[OpsetBuilder, ir.Value], ir.Value]

_DEFAULTS = {
    "LeakyRelu": (0.01, 0.0),
    "ThresholdedRelu": (1.0, 0.0),
    "HardSigmoid": (0.2, 0.5),
    "Elu": (1.0, 0.0),
    "Affine": (1.0, 0.0),
    "ScaledTanh": (1.0, 1.0),
}
_ALPHA = ("LeakyRelu", "ThresholdedRelu", "HardSigmoid", "Elu", "Affine", "ScaledTanh")
_BETA = ("HardSigmoid", "Affine", "ScaledTanh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What all steps share.

    Attributes:
        kind: ``LSTM``, ``GRU`` or ``RNN``.
        hidden: Size of the state.
        recurrent: Recurrent weights, transposed: ``[hidden, gates * hidden]``.
        bias: Recurrent bias ``[gates * hidden]`` that cannot be added to the input beforehand; None for none.
        peepholes: LSTM: weights of the cell for the gates i, o and f, ``[3 * hidden]``; None for none.
        activations: The activations in ONNX's order.
        clip: Bound of what activations take; None for none.
        coupled: LSTM: the forget gate is what the input gate leaves.
        reset_after: GRU: the reset gate comes after the product.
    """

    kind: str
    hidden: int
    recurrent: ir.Value
    bias: ir.Value | None
    peepholes: ir.Value | None
    activations: tuple[Activate, ...]
    clip: float | None
    coupled: bool
    reset_after: bool


def activations_of(
    names: Sequence[str], alphas: Sequence[float] | None, betas: Sequence[float] | None
) -> tuple[Activate, ...]:
    """The activations of a node; their numbers are given in order to those that take some.

    Raises:
        ConversionError: One is not known.
    """
    first, second = iter(alphas or ()), iter(betas or ())
    found: list[Activate] = []
    for name in names:
        alpha, beta = _DEFAULTS.get(name, (0.0, 0.0))
        alpha = next(first, alpha) if name in _ALPHA else alpha
        beta = next(second, beta) if name in _BETA else beta
        found.append(_activation(name, alpha, beta))
    return tuple(found)


def _activation(name: str, alpha: float, beta: float) -> Activate:
    def one(inner: OpsetBuilder, x: ir.Value) -> ir.Value:
        match name:
            case "Affine":
                return inner.Add(inner.Mul(x, inner.scalar(alpha, x)), inner.scalar(beta, x))
            case "ScaledTanh":
                return inner.Mul(inner.Tanh(inner.Mul(x, inner.scalar(beta, x))), inner.scalar(alpha, x))
            case "HardSigmoid":
                return inner.HardSigmoid(x, alpha=alpha, beta=beta)
            case "LeakyRelu" | "ThresholdedRelu" | "Elu":
                return cast("ir.Value", inner.emit(name, [x], {"alpha": alpha}))
            case _:
                return cast("ir.Value", inner.emit(name, [x]))

    if name not in ("Relu", "Tanh", "Sigmoid", "Softsign", "Softplus", *_ALPHA):
        raise ConversionError(f"the activation {name!r} is not known")
    return one


def step(
    op: OpsetBuilder, cell: Cell, x: ir.Value, hidden: ir.Value, memory: ir.Value | None
) -> tuple[ir.Value, ir.Value | None]:
    """The states after one step.

    Args:
        op: Emits into the body.
        cell: What all steps share.
        x: The input's part of all gates, ``[batch, gates * hidden]``, biases added.
        hidden: ``[batch, hidden]``.
        memory: LSTM: the cell's state, likewise.
    """
    if cell.kind == "LSTM" and memory is not None:
        return _lstm(op, cell, x, hidden, memory)
    if cell.kind == "GRU":
        return _gru(op, cell, x, hidden), None
    total = op.Add(x, op.MatMul(hidden, cell.recurrent))
    return cell.activations[0](op, _clipped(op, cell, total)), None


def _clipped(op: OpsetBuilder, cell: Cell, x: ir.Value) -> ir.Value:
    return x if cell.clip is None else op.clip(x, -cell.clip, cell.clip)


def _lstm(op: OpsetBuilder, cell: Cell, x: ir.Value, hidden: ir.Value, memory: ir.Value) -> tuple[ir.Value, ir.Value]:
    f, g, h = cell.activations
    total = op.Add(x, op.MatMul(hidden, cell.recurrent))
    i, o, forget, new = op.split(total, [cell.hidden] * 4, 1)
    holes = None if cell.peepholes is None else op.split(cell.peepholes, [cell.hidden] * 3, 0)
    if holes is not None:
        i, forget = op.Add(i, op.Mul(holes[0], memory)), op.Add(forget, op.Mul(holes[2], memory))
    i = f(op, _clipped(op, cell, i))
    forget = op.Sub(op.scalar(1, i), i) if cell.coupled else f(op, _clipped(op, cell, forget))
    following = op.Add(op.Mul(forget, memory), op.Mul(i, g(op, _clipped(op, cell, new))))
    if holes is not None:
        o = op.Add(o, op.Mul(holes[1], following))
    return op.Mul(f(op, _clipped(op, cell, o)), h(op, following)), following


def _gru(op: OpsetBuilder, cell: Cell, x: ir.Value, hidden: ir.Value) -> ir.Value:
    f, g = cell.activations
    size = cell.hidden
    gates, own = op.split(x, [2 * size, size], 1)
    to_gates, to_own = op.split(cell.recurrent, [2 * size, size], 1)
    both = f(op, _clipped(op, cell, op.Add(gates, op.MatMul(hidden, to_gates))))
    update, reset = op.split(both, [size, size], 1)
    if cell.reset_after:
        inner = op.MatMul(hidden, to_own)
        inner = inner if cell.bias is None else op.Add(inner, cell.bias)
        inner = op.Mul(reset, inner)
    else:
        inner = op.MatMul(op.Mul(reset, hidden), to_own)
        inner = inner if cell.bias is None else op.Add(inner, cell.bias)
    new = g(op, _clipped(op, cell, op.Add(own, inner)))
    return op.Add(op.Mul(op.Sub(op.scalar(1, update), update), new), op.Mul(update, hidden))
