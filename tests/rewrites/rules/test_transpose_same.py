from __future__ import annotations


def test_goes(check):
    check("float[2,3] x => float[2,3] y", "a = Transpose<perm=[0,1]>(x) y = Neg(a)", "Neg")
