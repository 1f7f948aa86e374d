import math

import numpy as np
import pytest

from modelwright.verify.diff.graph import match_models
from modelwright.verify.locate.layers import comparisons, measure_layers, within
from modelwright.verify.locate.locate import Case, Locator
from modelwright.verify.locate.measure import measure
from modelwright.verify.locate.pairs import TensorPair, pair_tensors
from modelwright.verify.locate.probe import OnnxProbe

NET = """
g (float[1, 4] x) => (float[1, 4] y) {
    [first] a = Exp (x)
    [second] b = Sqrt (a)
    [third] c = Tanh (b)
    [end] y = Add (c, a)
}
"""
ARRAY = np.float32([[0.5, 1, -1, 2]])


@pytest.fixture
def locator(model, tmp_path):
    """A search in two models, begun or not."""

    def make(second=NET, *, budget=1 << 20, more=()):
        a, b = model(NET), model(second)
        source, other = OnnxProbe(a, tmp_path / "a", {"x": ARRAY}), OnnxProbe(b, tmp_path / "b", {"x": ARRAY})
        (_, known), (_, digests) = (probe.survey(["y"], probe.skeleton.made) for probe in (source, other))
        match = match_models(a, b)
        pairs = pair_tensors(match, known, digests) | {pair.model: pair for pair in more}
        return Locator(Case(source=source, model=other, match=match, pairs=pairs, digests=digests, budget=budget))

    return make


def test_all_tensors_in_order_with_what_makes_them(locator):
    found, left_out = measure_layers(locator(), rtol=1e-4, atol=1e-6)
    assert [(item.model, item.layer, item.op_type) for item in found] == [
        ("a", "first", "Exp"),
        ("b", "second", "Sqrt"),
        ("c", "third", "Tanh"),
        ("y", "end", "Add"),
    ]
    assert ({item.measure.max_abs for item in found}, left_out) == ({0.0}, 0)


def test_memory_is_bounded_and_nothing_is_looked_at_twice(locator):
    search = locator(budget=20)
    runs = search.case.model.runs
    assert len(measure_layers(search, rtol=1e-4, atol=1e-6)[0]) == 4
    assert search.case.model.runs - runs == 4  # 16 bytes each, 20 at a time
    measure_layers(search, rtol=1e-4, atol=1e-6)
    assert search.case.model.runs - runs == 4


def test_errors_are_those_of_numpy(locator):
    found, _ = measure_layers(locator(NET.replace("Tanh (b)", "Sigmoid (b)")), rtol=1e-4, atol=1e-6)
    values = {item.model: item.measure for item in found}
    root = np.sqrt(np.exp(ARRAY))
    wanted, actual = np.tanh(root) + np.exp(ARRAY), 1 / (1 + np.exp(-root)) + np.exp(ARRAY)
    assert values["y"].max_abs == pytest.approx(np.abs(wanted - actual).max(), rel=1e-4)
    assert values["y"].max_rel == pytest.approx(np.abs(wanted - actual).max() / np.abs(wanted).max(), rel=1e-4)
    assert values["b"].max_abs == 0


def test_what_differs_without_consequence_is_no_counterpart(locator):
    odd = TensorPair(source="a", model="b", matched_by="structure", nbytes=16)  # as if the names were given anew
    found, left_out = measure_layers(locator(more=[odd]), rtol=1e-4, atol=1e-6)
    assert ([item.model for item in found], left_out) == (["a", "c", "y"], 1)


def test_an_error_that_reaches_the_output_stays_with_all_that_lead_there(locator):
    found, left_out = measure_layers(locator(NET.replace("Exp (x)", "Abs (x)")), rtol=1e-4, atol=1e-6)
    assert left_out == 0
    assert found[-1].model == "y"
    assert not within(found[-1].measure, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("apart", "good"), [(0.0, True), (1e-6, True), (4e-4, True), (5e-4, False), (math.inf, False), (math.nan, False)]
)
def test_the_outputs_tolerance_is_every_tensors(apart, good):
    wanted = np.float64([4.0, 1.0])
    assert within(measure(wanted, wanted + np.float64([0, apart])), rtol=1e-4, atol=1e-6) is good


def test_comparisons_are_what_a_report_has(sides_found):
    rows = comparisons(sides_found)
    assert [(row.layer, row.passed, row.shape) for row in rows] == [("a", True, (2,)), ("y", False, (2,))]


@pytest.fixture
def sides_found(model, tmp_path):
    """A result with layers."""
    from modelwright.verify.locate.run import Expected, Subject, verify_against

    text = "g (float[2] x) => (float[2] y) { [a] a = Exp (x) [y] y = Neg (a) }"
    a, b = model(text), model(text.replace("Neg", "Abs"))
    inputs = {"x": np.float32([1, 2])}
    probes = [OnnxProbe(side, tmp_path / str(place), inputs) for place, side in enumerate((a, b))]
    (theirs, known), (mine, digests) = (probe.survey(["y"], probe.skeleton.made) for probe in probes)
    match = match_models(a, b)
    return verify_against(
        Subject(model="m", source="s", method="numbers", rtol=1e-4, atol=1e-6, layers=True),
        source=probes[0],
        model=probes[1],
        match=match,
        pairs=pair_tensors(match, known, digests),
        expected=Expected(outputs=theirs, digests=known),
        actual=mine,
        digests=digests,
    )
