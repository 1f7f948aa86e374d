"""LSTM, GRU and RNN against ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from lite_checking import check_node, compare, converted, floats, node_model, onnx_run, operators

T, N, WIDTH, H = 5, 2, 3, 4
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def _weights(kind: str, directions: int = 1) -> dict[str, np.ndarray]:
    rows = GATES[kind] * H
    return {
        "w": floats(directions, rows, WIDTH, seed=1, low=-0.7, high=0.7),
        "r": floats(directions, rows, H, seed=2, low=-0.7, high=0.7),
        "b": floats(directions, 2 * rows, seed=3),
    }


X = floats(T, N, WIDTH)


@pytest.mark.parametrize("kind", GATES)
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
def test_directions(kind, direction):
    weights = _weights(kind, 2 if direction == "bidirectional" else 1)
    outputs = 3 if kind == "LSTM" else 2
    check_node(kind, {"x": X}, constants=weights, direction=direction, hidden_size=H, outputs=outputs)


@pytest.mark.parametrize("kind", GATES)
def test_states_lengths_and_an_open_batch(kind):
    states = {"l": np.array([5, 3], np.int32), "h": floats(1, N, H, seed=4)}
    order = ["x", "w", "r", "b", "l", "h"]
    if kind == "LSTM":
        states |= {"c": floats(1, N, H, seed=5)}
        order.append("c")
    made = check_node(kind, {"x": X, **states}, constants=_weights(kind), order=order, hidden_size=H, outputs=2)
    assert "WHILE" in made


def test_an_open_number_of_steps():
    check_node("GRU", {"x": X}, constants=_weights("GRU"), hidden_size=H, dynamic=["x"], linear_before_reset=1)


def test_peepholes_clipping_coupled_gates_and_activations():
    constants = {**_weights("LSTM"), "p": floats(1, 3 * H, seed=6)}
    order = ["x", "w", "r", "b", "", "", "", "p"]
    check_node("LSTM", {"x": X}, constants=constants, order=order, hidden_size=H, clip=0.4, outputs=3)
    check_node("LSTM", {"x": X}, constants=_weights("LSTM"), hidden_size=H, input_forget=1, outputs=3)
    check_node(
        "LSTM",
        {"x": X},
        constants=_weights("LSTM"),
        hidden_size=H,
        activations=["HardSigmoid", "Softsign", "Affine"],
        activation_alpha=[0.3, 0.8],
        activation_beta=[0.4, 0.1],
    )


def test_the_sequence_operator_begins_every_run_anew(tmp_path: Path):
    """TFLite's operator keeps its state; a second run must give what the first one gave."""
    model = node_model("LSTM", {"x": X}, constants=_weights("LSTM"), hidden_size=H, outputs=2)
    path = converted(model, tmp_path)
    assert "UNIDIRECTIONAL_SEQUENCE_LSTM" in operators(path)
    interpreter = Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    for seed in (0, 7, 0):
        x = floats(T, N, WIDTH, seed=seed)
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
        interpreter.invoke()
        found = [interpreter.get_tensor(item["index"]) for item in interpreter.get_output_details()]
        compare(found, onnx_run(model, {"x": x}))


def test_weights_that_are_computed():
    check_node("LSTM", {"x": X, **_weights("LSTM")}, hidden_size=H)
