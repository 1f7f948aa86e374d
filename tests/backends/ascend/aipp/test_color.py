import pytest

from modelwright.backends.ascend.aipp.color import INPUTS, OUTPUTS, STANDARDS, parse_conversion
from modelwright.errors import UsageError


@pytest.mark.parametrize("standard", STANDARDS)
@pytest.mark.parametrize("source", INPUTS)
@pytest.mark.parametrize("wanted", OUTPUTS)
def test_every_pair(source, wanted, standard):
    if source == "gray" and wanted != "gray":
        with pytest.raises(UsageError, match="no colors"):
            parse_conversion(f"{source}-{wanted}", standard)
        return
    found = parse_conversion(f"{source}-{wanted}".upper(), standard)
    assert (found.source, found.wanted) == (source, wanted)
    assert (found.matrix is None) == (source in ("rgb", "bgr", "gray") and (wanted != "gray" or source == "gray"))


@pytest.mark.parametrize(
    ("text", "standard", "hint"),
    [("rbg", "jpeg", "rgb"), ("rgb-nv12", "jpeg", "rgb, bgr, gray"), ("nv12-rgb", "bt601", "bt601-narrow")],
)
def test_unknown_names(text, standard, hint):
    with pytest.raises(UsageError) as caught:
        parse_conversion(text, standard)
    assert hint in caught.value.hint
