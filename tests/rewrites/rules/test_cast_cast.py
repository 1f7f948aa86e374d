from __future__ import annotations


def test_a_widening_cast_in_between_goes(check):
    check("int32[3] x => float[3] y", "a = Cast<to=11>(x) y = Cast<to=1>(a)", "Cast")


def test_a_cast_that_loses_digits_stays(check):
    check("float[3] x => float[3] y", "a = Cast<to=6>(x) y = Cast<to=1>(a)", "Cast Cast")


def test_what_may_overflow_or_be_written_otherwise_stays(check):
    check("int32[3] x => int8[3] y", "a = Cast<to=11>(x) y = Cast<to=3>(a)", "Cast Cast")
    check("int16[3] x => int32[3] y", "a = Cast<to=1>(x) y = Cast<to=6>(a)", "Cast")
