import pytest

from modelwright.backends.tensorrt.capabilities import of_mask, parse_capabilities
from modelwright.errors import UsageError


def test_every_spelling_gives_the_tables_order_each_once():
    found = parse_capabilities(["12.0", "sm_86", "86", "SM75", "8.9"])
    assert [item.name for item in found] == ["SM75", "SM86", "SM89", "SM120"]


@pytest.mark.parametrize(("text", "hint"), [("9.0", "Hopper"), ("10.0", "B200"), ("8.7", "JetPack"), ("x", "8.6 (")])
def test_what_cannot_be_built_for_is_explained(text, hint):
    with pytest.raises(UsageError, match=text) as caught:
        parse_capabilities([text])
    assert hint in caught.value.hint


def test_bits_of_a_header():
    assert [item.number for item in of_mask(0b100110)] == ["8.0", "8.6", "12.1"]
