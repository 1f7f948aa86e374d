from __future__ import annotations


def test_goes(check):
    check("float[2] x => float[2] y", "a = Neg(x) b = Cast<to=1>(a) y = Neg(b)", "Neg Neg")
