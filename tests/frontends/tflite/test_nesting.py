import pytest

from modelwright.errors import ConversionError
from modelwright.frontends.tflite import nesting
from modelwright.frontends.tflite.nesting import Nesting


def test_a_body_within_itself():
    bodies = Nesting()
    with bodies.inside(1), bodies.inside(2), pytest.raises(ConversionError, match="graph 1 of the model"):
        bodies.inside(1).__enter__()
    with bodies.inside(1):  # one after the other is what loops do
        pass


def test_bodies_that_multiply(monkeypatch):
    monkeypatch.setattr(nesting, "MOST_BODIES", 3)
    bodies = Nesting()
    for _ in range(3):
        with bodies.inside(1):
            pass
    with pytest.raises(ConversionError, match="more than 3 bodies"):
        bodies.inside(1).__enter__()
