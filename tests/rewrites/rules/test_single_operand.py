from __future__ import annotations


def test_goes(check):
    check("float[2] x => float[2] y", "a = Concat<axis=0>(x) b = Max(a) y = Neg(b)", "Neg")
