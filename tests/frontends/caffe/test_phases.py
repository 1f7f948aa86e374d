import pytest

from modelwright.frontends.caffe.network import Layer
from modelwright.frontends.caffe.phases import State, is_included


def test_what_is_asked_for_goes_over_what_the_net_says():
    own = {"phase": "TRAIN", "level": 3, "stage": ("a",)}
    assert State().over({}) == State(phase="TEST", level=0, stages=())
    assert State().over(own) == State(phase="TRAIN", level=3, stages=("a",))
    assert State(phase="TEST", level=0, stages=()).over(own) == State(phase="TEST", level=0, stages=())


@pytest.mark.parametrize(
    ("include", "exclude", "included"),
    [
        ([], [], True),
        ([{"phase": "TEST"}], [], True),
        ([{"phase": "TRAIN"}, {"phase": "TEST", "stage": ("b",)}], [], False),
        ([{"phase": "TRAIN"}, {"stage": ("a",)}], [], True),
        ([], [{"phase": "TEST"}], False),
        ([], [{"phase": "TEST", "not_stage": ("a",)}], True),
        ([{"min_level": 2, "max_level": 2}], [], True),
        ([{"max_level": 1}], [], False),
        ([], [{}], False),
    ],
)
def test_rules(include, exclude, included):
    layer = Layer(name="l", type="ReLU", include=tuple(include), exclude=tuple(exclude))
    assert is_included(layer, State(phase="TEST", level=2, stages=("a",))) is included
