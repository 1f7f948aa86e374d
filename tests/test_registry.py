"""A converter's signature is its schema."""

import pytest

from modelwright.errors import ConversionError, InternalError
from modelwright.registry import OperatorRegistry


@pytest.fixture
def registry() -> OperatorRegistry:
    registry = OperatorRegistry("Test")

    @registry.register("Conv", "Convolution", ignores=("engine",))
    def conv(op, x, w, b=None, *, pads: list[int], group: int = 1):
        return op, x, w, b, pads, group

    @registry.register("Concat")
    def concat(op, *values, axis: int = 1):
        return op, values, axis

    return registry


def test_attributes_are_bound_and_ignored_ones_dropped(registry):
    bound = registry.find("Convolution").bind({"pads": [1], "engine": 2}, 2, node="conv1")
    assert bound == {"pads": [1]}


def test_unknown_attribute_is_named(registry):
    with pytest.raises(ConversionError, match="'conv1' has attributes this converter does not know: bias_term"):
        registry.find("Conv").bind({"pads": [1], "bias_term": True}, 2, node="conv1")


def test_missing_attribute_is_named(registry):
    with pytest.raises(ConversionError, match="lacks the attributes pads"):
        registry.find("Conv").bind({}, 2, node="conv1")


@pytest.mark.parametrize("count", [1, 4])
def test_wrong_number_of_inputs(registry, count):
    with pytest.raises(ConversionError, match=f"has {count} inputs"):
        registry.find("Conv").bind({"pads": []}, count, node="conv1")


def test_variadic_operators_take_any_number(registry):
    assert registry.find("Concat").bind({}, 17, node="c") == {}


def test_registering_twice_is_a_fault(registry):
    with pytest.raises(InternalError, match="Conv is registered twice"):
        registry.register("Conv")(lambda op, x: x)
