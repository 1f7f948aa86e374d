from __future__ import annotations


def test_inference_goes(check):
    check("float[2] x => float[2] y", "a = Neg(x) b, m = Dropout(a) y = Neg(b)", "Neg Neg")


def test_a_used_mask_keeps_it(check):
    check("float[2] x => float[2] y, bool[2] m", "a = Neg(x) y, m = Dropout(a)", "Neg Dropout")
