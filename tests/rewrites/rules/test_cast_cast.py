from __future__ import annotations


def test_a_widening_cast_in_between_goes(check):
    check("int32[3] x => float[3] y", "a = Cast<to=11>(x) y = Cast<to=1>(a)", "Cast")


def test_a_cast_that_loses_digits_stays(check):
    check("float[3] x => float[3] y", "a = Cast<to=6>(x) y = Cast<to=1>(a)", "Cast Cast")
