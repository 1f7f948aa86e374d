import math

from modelwright.verify.diff.graph import match_models
from modelwright.verify.locate.pairs import digests_alike, pair_by_values, pair_tensors
from modelwright.verify.locate.probe import Digest


def _digest(norm=1.0, mean=0.1, shape=(2, 3, 4), dtype="float32"):
    return Digest(shape=shape, dtype=dtype, mean=mean, norm=norm)


def test_layout_and_rounding_do_not_make_values_unlike():
    assert digests_alike(_digest(), _digest(norm=1.00001, shape=(2, 4, 3)))
    assert digests_alike(_digest(), _digest(shape=(2, 3, 4, 1)))
    assert not digests_alike(_digest(), _digest(shape=(2, 12)))
    assert not digests_alike(_digest(), _digest(norm=1.01))
    assert not digests_alike(_digest(), _digest(mean=0.2))
    assert digests_alike(_digest(norm=math.inf, mean=math.nan), _digest(norm=math.inf, mean=math.nan))
    assert digests_alike(_digest(math.nan, math.nan, dtype="string"), _digest(math.nan, math.nan, dtype="string"))
    assert not digests_alike(_digest(math.nan, math.nan, dtype="string"), _digest())


def test_values_pair_only_what_is_unmistakable():
    source = {"a": _digest(), "b": _digest(norm=2.0), "c": _digest(norm=3.0), "flat": _digest(norm=24**0.5, mean=1.0)}
    model = {"x": _digest(), "y": _digest(norm=2.0), "z": _digest(norm=2.0), "flat2": source["flat"]}
    assert list(pair_by_values(source, model)) == [("a", "x")]
    assert list(pair_by_values({"a": _digest(dtype="int64")}, {"b": _digest(dtype="int64")})) == []


TEXT = """
g (float[2, 3] x) => (float[2, 3] y) <float[3, 3] w = {1, 2, 3, 4, 5, 6, 7, 8, 9}> {
    [first] a = MatMul (x, w)
    [second] b = Relu (a)
    [third] c = Abs (b)
    [last] y = Neg (c)
}
"""


def test_structure_and_names_pair_also_what_differs(model):
    renamed = TEXT.replace("a =", "q =").replace("(a)", "(q)").replace("[first]", "[erste]").replace("9}", "8}")
    match = match_models(model(TEXT), model(renamed))
    source = {name: _digest(norm=n) for n, name in enumerate("abcy", 1)}
    other = {name: _digest(norm=10.0 * n) for n, name in enumerate("qbcy", 1)}
    found = pair_tensors(match, source, other)
    assert {pair.model: (pair.source, pair.matched_by) for pair in found.values()} == {
        "q": ("a", "structure"),
        "b": ("b", "name"),
        "c": ("c", "name"),
        "y": ("y", "name"),
    }


def test_a_name_kept_for_something_else_does_not_pair(model):
    """Folding a scale into the product keeps the product's name, but not its values."""
    before = """
g (float[2, 3] x) => (float[2, 3] y) <float[3, 3] w = {1, 2, 3, 4, 5, 6, 7, 8, 9}, float s = {2}> {
    a = MatMul (x, w)
    b = Mul (a, s)
    y = Relu (b)
}
"""
    after = before.replace("    b = Mul (a, s)\n", "").replace("Relu (b)", "Relu (a)")
    match = match_models(model(before), model(after))
    source = {"a": _digest(1.0), "b": _digest(2.0), "y": _digest(1.5)}
    found = pair_tensors(match, source, {"a": _digest(2.0), "y": _digest(1.5)})
    assert {name: (pair.source, pair.matched_by) for name, pair in found.items()} == {
        "a": ("b", "values"),
        "y": ("y", "name"),
    }
