import pytest

from modelwright.errors import ConversionError, UnsupportedError
from modelwright.frontends.contradictions import contradictions


@pytest.mark.parametrize(
    "error", [IndexError("list index out of range"), ZeroDivisionError("by zero"), StopIteration()]
)
def test_the_node_is_named(error):
    with (
        pytest.raises(ConversionError, match=rf"Conv 'c1' .*{type(error).__name__}") as caught,
        contradictions("Conv", "c1"),
    ):
        raise error
    assert caught.value.node == "c1"
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", [UnsupportedError("own"), MemoryError(), KeyboardInterrupt()])
def test_what_is_not_the_nodes_fault_passes(error):
    with pytest.raises(type(error)) as caught, contradictions("Conv", "c1"):
        raise error
    assert caught.value is error
