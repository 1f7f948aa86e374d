"""LSTM, GRU and RNN."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.backends.tflite.builder import LiteBuilder
from modelwright.backends.tflite.operators import window_op
from modelwright.backends.tflite.recurrent_layer import Layer, Tensors, layer_results


@window_op("LSTM")
def lstm(
    op: LiteBuilder,
    x: ir.Value,
    w: ir.Value,
    r: ir.Value,
    b: ir.Value | None = None,
    lengths: ir.Value | None = None,
    h: ir.Value | None = None,
    c: ir.Value | None = None,
    p: ir.Value | None = None,
    *,
    activation_alpha: list[float] | None = None,
    activation_beta: list[float] | None = None,
    activations: list[str] | None = None,
    clip: float | None = None,
    direction: str = "forward",
    hidden_size: int | None = None,
    input_forget: int = 0,
    layout: int = 0,
) -> tuple[ir.Value, ...]:
    """An LSTM."""
    layer = Layer(
        kind="LSTM",
        hidden=hidden_size or op.need_shape(r)[2],
        direction=direction,
        activations=activations,
        alphas=activation_alpha,
        betas=activation_beta,
        clip=clip,
        coupled=bool(input_forget),
        batch_first=bool(layout),
    )
    return layer_results(op, layer, Tensors(x=x, w=w, r=r, b=b, lengths=lengths, h=h, c=c, p=p))


@window_op("GRU")
def gru(
    op: LiteBuilder,
    x: ir.Value,
    w: ir.Value,
    r: ir.Value,
    b: ir.Value | None = None,
    lengths: ir.Value | None = None,
    h: ir.Value | None = None,
    *,
    activation_alpha: list[float] | None = None,
    activation_beta: list[float] | None = None,
    activations: list[str] | None = None,
    clip: float | None = None,
    direction: str = "forward",
    hidden_size: int | None = None,
    layout: int = 0,
    linear_before_reset: int = 0,
) -> tuple[ir.Value, ...]:
    """A GRU."""
    layer = Layer(
        kind="GRU",
        hidden=hidden_size or op.need_shape(r)[2],
        direction=direction,
        activations=activations,
        alphas=activation_alpha,
        betas=activation_beta,
        clip=clip,
        reset_after=bool(linear_before_reset),
        batch_first=bool(layout),
    )
    return layer_results(op, layer, Tensors(x=x, w=w, r=r, b=b, lengths=lengths, h=h, c=None, p=None))


@window_op("RNN")
def rnn(
    op: LiteBuilder,
    x: ir.Value,
    w: ir.Value,
    r: ir.Value,
    b: ir.Value | None = None,
    lengths: ir.Value | None = None,
    h: ir.Value | None = None,
    *,
    activation_alpha: list[float] | None = None,
    activation_beta: list[float] | None = None,
    activations: list[str] | None = None,
    clip: float | None = None,
    direction: str = "forward",
    hidden_size: int | None = None,
    layout: int = 0,
) -> tuple[ir.Value, ...]:
    """A plain recurrent layer."""
    layer = Layer(
        kind="RNN",
        hidden=hidden_size or op.need_shape(r)[2],
        direction=direction,
        activations=activations,
        alphas=activation_alpha,
        betas=activation_beta,
        clip=clip,
        batch_first=bool(layout),
    )
    return layer_results(op, layer, Tensors(x=x, w=w, r=r, b=b, lengths=lengths, h=h, c=None, p=None))
