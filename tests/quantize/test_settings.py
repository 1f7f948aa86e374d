import pytest

from modelwright.errors import UsageError
from modelwright.quantize.settings import BITS, Precision, QuantizeSettings, Scheme


def test_an_unknown_dtype_is_named_with_the_known_ones():
    with pytest.raises(UsageError, match="float8") as caught:
        Scheme(dtype="float8")
    assert all(dtype in str(caught.value.hint) for dtype in BITS)


def test_a_negative_block():
    with pytest.raises(UsageError, match="a block of -4 weights"):
        Scheme(block=-4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"min_cosine": 1.1}, "min_cosine is 1.1"),
        ({"max_drop": -0.1}, "max_drop is -0.1"),
        ({"max_float": 2.0}, "max_float is 2"),
        ({"max_percentile": 99.99}, "max_percentile is 99.99"),
        ({"finetune": 4}, "fine-tuning is 4"),
        ({"fallback": Precision.DYNAMIC}, "fall back to dynamic"),
        ({"labels": "labels.txt"}, "only with a largest drop"),
    ],
)
def test_settings_that_make_no_sense(settings, message):
    with pytest.raises(UsageError, match=message):
        QuantizeSettings(**settings)
