from __future__ import annotations


def test_inverse_pair_goes(check):
    body = "a = Transpose<perm=[0,2,3,1]>(x) b = Transpose<perm=[0,3,1,2]>(a) y = Neg(b)"
    check("float[1,2,3,4] x => float[1,2,3,4] y", body, "Neg")


def test_two_become_one(check):
    body = "a = Transpose<perm=[0,2,3,1]>(x) y = Transpose<perm=[0,2,1,3]>(a)"
    check("float[1,2,3,4] x => float[1,4,3,2] y", body, "Transpose")
