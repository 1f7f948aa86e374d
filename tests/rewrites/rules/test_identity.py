from __future__ import annotations


def test_identities_between_operators_go(check):
    check("float[2] x => float[2] y", "a = Identity(x) b = Identity(a) c = Neg(b) y = Identity(c)", "Neg")


def test_an_output_that_is_an_input_keeps_its_identity(check):
    check("float[2] x => float[2] y, float[2] z", "y = Identity(x) z = Identity(y)", "Identity Identity")
