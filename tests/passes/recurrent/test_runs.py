"""One step of a direction: what is carried on, and what is shown of entries that have ended."""

import numpy as np
import onnx_ir as ir
import pytest

from modelwright.passes.recurrent.cells import Cell, activations_of
from modelwright.passes.recurrent.runs import Run, State, advance

HIDDEN, BATCH = 3, 4
DRAW = np.random.default_rng(2)
WEIGHTS = DRAW.standard_normal((HIDDEN, HIDDEN)).astype(np.float32)
LSTM_WEIGHTS = DRAW.standard_normal((HIDDEN, 4 * HIDDEN)).astype(np.float32)
LENGTHS = [2, 3, 1, 5]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def run_of(bench, kind, recurrent, *, lengths):
    op = bench.op
    names = ["Sigmoid", "Tanh", "Tanh"] if kind == "LSTM" else ["Tanh"]
    cell = Cell(
        kind=kind,
        hidden=HIDDEN,
        recurrent=op.constant(recurrent),
        bias=None,
        peepholes=None,
        activations=activations_of(names, None, None),
        clip=None,
        coupled=False,
        reset_after=False,
    )
    nothing = op.constant(np.zeros((1, HIDDEN), np.float32))
    return Run(
        cell=cell,
        parts=bench.input("parts", (6, BATCH, recurrent.shape[1])),
        lengths=op.constant(np.array(LENGTHS, np.int32)) if lengths else None,
        hidden=nothing,
        memory=nothing if kind == "LSTM" else None,
        nothing=nothing,
        backwards=False,
    )


def outcome(bench, run, number, *, memory):
    """The states after a step, and the inputs that they come from."""
    before = State(
        hidden=bench.input("h", (BATCH, HIDDEN)),
        memory=bench.input("c", (BATCH, HIDDEN)) if memory else None,
        shown=run.nothing,
    )
    entry = bench.input("entry", (BATCH, 4 * HIDDEN if memory else HIDDEN))
    bench.output(bench.op.Identity(run.parts), "same")
    after = advance(bench.op, run, number, entry, before)
    for name, value in (("hidden", after.hidden), ("memory", after.memory), ("shown", after.shown)):
        if value is not None:
            bench.output(bench.op.Identity(value), name)
    feeds = bench.feeds(3)
    return bench.run(feeds), feeds


@pytest.mark.parametrize("number", [0, 1, 2, 4, 5])
@pytest.mark.parametrize("constant", [True, False])
def test_entries_that_have_ended_keep_their_state_and_show_zeros(new_bench, number, constant):
    bench = new_bench()
    run = run_of(bench, "RNN", WEIGHTS, lengths=True)
    place = np.asarray(number, np.int64)
    if not constant:
        place = bench.op.Identity(bench.op.constant(place))
    found, feeds = outcome(bench, run, place, memory=False)
    new = np.tanh(feeds["entry"] + feeds["h"] @ WEIGHTS)
    going = (number < np.array(LENGTHS))[:, None]
    np.testing.assert_allclose(found["hidden"], np.where(going, new, feeds["h"]), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found["shown"], np.where(going, new, 0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("lengths", [True, False])
def test_the_cell_of_an_lstm_stays_with_its_state(new_bench, lengths):
    bench = new_bench()
    run = run_of(bench, "LSTM", LSTM_WEIGHTS, lengths=lengths)
    found, feeds = outcome(bench, run, np.asarray(2, np.int64), memory=True)
    i, o, f, c = np.split(feeds["entry"] + feeds["h"] @ LSTM_WEIGHTS, 4, 1)
    cell = sigmoid(f) * feeds["c"] + sigmoid(i) * np.tanh(c)
    hidden = sigmoid(o) * np.tanh(cell)
    going = (np.array(LENGTHS) > 2)[:, None] if lengths else np.ones((BATCH, 1), bool)
    np.testing.assert_allclose(found["memory"], np.where(going, cell, feeds["c"]), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found["hidden"], np.where(going, hidden, feeds["h"]), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found["shown"], np.where(going, hidden, 0), rtol=1e-5, atol=1e-6)


def test_lengths_of_int64(new_bench):
    bench = new_bench()
    run = run_of(bench, "RNN", WEIGHTS, lengths=False)
    longer = Run(
        cell=run.cell,
        parts=run.parts,
        lengths=bench.input("lengths", (BATCH,), ir.DataType.INT64),
        hidden=run.hidden,
        memory=None,
        nothing=run.nothing,
        backwards=False,
    )
    found, feeds = outcome(bench, longer, np.asarray(1, np.int64), memory=False)
    going = feeds["lengths"] > 1
    assert (found["shown"][~going] == 0).all()
    assert (found["shown"][going] != 0).all()
