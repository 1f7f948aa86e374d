import pytest

from modelwright.errors import UnknownNameError
from modelwright.hub.opset import introduced_at
from modelwright.quantize.rules import Part, rules_named, rules_names

WANTED = ["ascend", "onnxruntime", "spacemit", "tensorrt", "tflite"]


def test_there_are_rules_for_these_targets():
    assert rules_names() == tuple(WANTED)


@pytest.mark.parametrize("target", WANTED)
def test_every_row_is_of_an_operator_that_there_is(target):
    rules = rules_named(target)
    assert rules.label
    assert rules.origin
    assert all(introduced_at(name) for name in rules.operators)


@pytest.mark.parametrize("target", WANTED)
def test_products_have_weights_and_tails_follow_what_there_is(target):
    operators = rules_named(target).operators
    for rule in operators.values():
        assert (rule.role is Part.PRODUCT) == (rule.weight is not None)
        assert (rule.role is Part.TAIL) == bool(rule.follows)
        assert all(name in operators for name in (*rule.follows, *rule.bias_of))


def test_an_unknown_target_is_named_with_the_known_ones():
    with pytest.raises(UnknownNameError, match="onnxruntme") as caught:
        rules_named("onnxruntme")
    assert "onnxruntime" in caught.value.hint
