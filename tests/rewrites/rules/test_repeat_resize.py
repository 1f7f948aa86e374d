from __future__ import annotations

import numpy as np

BODY = "a = Unsqueeze(x, i) b = Tile(a, r) c = Reshape(b, s) d = Tile(c, q) y = Reshape(d, t)"
CONSTANTS = {
    "i": np.array([2]),
    "r": np.array([1, 1, 2, 1, 1]),
    "s": np.array([-1, 6, 4, 1, 5]),
    "q": np.array([1, 1, 1, 3, 1]),
    "t": np.array([-1, 6, 12, 5]),
}


def test_both_axes_become_one_resize(check):
    check("float[N,3,4,5] x => float[N,6,12,5] y", BODY, "Resize", **CONSTANTS)


def test_whole_copies_are_something_else(check):
    constants = {"i": np.array([1]), "r": np.array([1, 2, 1, 1, 1]), "s": np.array([-1, 6, 4, 5])}
    body = "a = Unsqueeze(x, i) b = Tile(a, r) y = Reshape(b, s)"
    check("float[N,3,4,5] x => float[N,6,4,5] y", body, "Unsqueeze Tile Reshape", **constants)
