import numpy as np
import pytest

from modelwright.verify.diff.graph import match_models
from modelwright.verify.locate.locate import Case, Locator, suspicious
from modelwright.verify.locate.measure import measure
from modelwright.verify.locate.pairs import TensorPair, pair_tensors
from modelwright.verify.locate.probe import Digest, OnnxProbe

TEXT = """
g (float[4] x) => (float[4] y) <float two = {2}> {
    [a] a = Elu <alpha = 0.5> (x)
    [b] b = Mul (a, two)
    [y] y = Abs (b)
}
"""


@pytest.fixture
def locator(model, tmp_path):
    """A search between two texts, with its probes and the outputs' measures."""

    def make(first, second, **options):
        a, b = model(first), model(second)
        inputs = {"x": np.float32([-1, -0.5, 0.5, 1])}
        source, other = OnnxProbe(a, tmp_path / "a", inputs), OnnxProbe(b, tmp_path / "b", inputs)
        match = match_models(a, b)
        (theirs, known), (mine, digests) = (probe.survey(["y"], probe.skeleton.made) for probe in (source, other))
        pairs = pair_tensors(match, known, digests)
        case = Case(source=source, model=other, match=match, pairs=pairs, digests=digests, **options)
        return Locator(case), {"y": measure(theirs["y"], mine["y"])}

    return make


def test_equal_graphs_are_twins_and_need_no_replay(locator):
    search, outputs = locator(TEXT, TEXT.replace("0.5>", "0.4>"))
    found = search.find(outputs)
    assert (found.layer, found.certain, found.own_error) == ("a", True, None)
    assert search.twins
    assert search.case.model.replays == 0


def test_graphs_that_are_built_otherwise_are_not(locator):
    other = TEXT.replace("[b] b = Mul (a, two)", "[s] s = Add (a, a) [b] b = Identity (s)").replace("0.5>", "0.4>")
    search, outputs = locator(TEXT, other)
    assert not search.twins
    found = search.find(outputs)
    assert (found.layer, found.certain) == ("a", True)


def test_with_no_memory_a_cut_is_looked_at_all_the_same(locator):
    search, outputs = locator(TEXT, TEXT.replace("{2}", "{3}"), budget=0)
    assert search.find(outputs).layer == "b"


def test_digests_say_where_something_is_wrong():
    def digest(norm):
        return Digest(shape=(4,), dtype="float32", mean=0.1, norm=norm)

    pairs = {name: TensorPair(source=name, model=name, matched_by="name", nbytes=16) for name in "abc"}
    source = {"a": digest(1.0), "b": digest(2.0), "c": digest(float("nan"))}
    assert suspicious(pairs, source, {"a": digest(1.0), "b": digest(2.1), "c": digest(3.0)}) == ["b"]
    assert suspicious(pairs, {}, source) == []
