from __future__ import annotations

import numpy as np


def test_the_batch_is_copied_and_the_rest_is_a_size(check):
    body = "s = Shape(x) n = Gather(s, i) t = Concat<axis=0>(n, c) y = Reshape(x, t)"
    constants = {"i": np.array([0]), "c": np.array([6])}
    model = check("float[N,2,3] x => float[N,6] y", body, "Reshape", **constants)
    target = next(iter(model.graph)).inputs[1]
    assert target.const_value.numpy().tolist() == [0, 6]


def test_one_computed_entry_becomes_minus_one(check):
    body = "s = Shape(x) n = Gather(s, i) k = Mul(n, two) t = Concat<axis=0>(k, c) y = Reshape(x, t)"
    constants = {"i": np.array([0]), "c": np.array([3]), "two": np.array([2])}
    check("float[N,2,3] x => float[M,3] y", body, "Reshape", **constants)


def test_two_unknown_entries_stay(check):
    body = "s = Shape(x) n = Gather(s, i) m = Gather(s, j) t = Concat<axis=0>(m, n) y = Reshape(x, t)"
    want = "Shape Shape Concat Reshape"
    check("float[N,M] x => float[M,N] y", body, want, i=np.array([0]), j=np.array([1]))
