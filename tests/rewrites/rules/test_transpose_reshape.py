from __future__ import annotations


def test_ones_move_for_nothing(check):
    check("float[N,1,1,4] x => float[N,4,1,1] y", "y = Transpose<perm=[0,3,1,2]>(x)", "Reshape")


def test_others_do_not(check):
    check("float[N,1,2,4] x => float[N,4,1,2] y", "y = Transpose<perm=[0,3,1,2]>(x)", "Transpose")
