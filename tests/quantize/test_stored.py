import json

import pytest

from modelwright.errors import RecipeError
from modelwright.quantize.settings import Method, PartSettings, Precision, QuantizeSettings, Scheme
from modelwright.quantize.stored import from_plain, plain_data

SETTINGS = QuantizeSettings(
    precision=Precision.INT16,
    weights=Scheme(dtype="int4", block=32),
    method=Method.KL,
    ignore_op_names=("a", "b"),
    parts=(PartSettings(inputs=("x",), outputs=("y",), precision=Precision.FLOAT, max_percentile=0.99),),
    min_cosine=1,
)


def test_what_json_stored_comes_back():
    data = json.loads(json.dumps(plain_data(SETTINGS)))
    assert from_plain(QuantizeSettings, data, where="quantize") == SETTINGS


def test_defaults_are_left_out():
    assert plain_data(QuantizeSettings()) == {}
    assert plain_data(QuantizeSettings(level=2)) == {"level": 2}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"metod": "kl"}, "unknown key 'metod'"),
        ({"method": "kll"}, "quantize.method is 'kll'"),
        ({"level": "1"}, "a whole number is wanted"),
        ({"level": True}, "a whole number is wanted"),
        ({"parts": {}}, "a list is wanted"),
        ({"parts": [{"inputs": ["x"]}]}, "outputs"),
        ({"weights": 8}, "a table is wanted"),
        ([], "a table is wanted"),
    ],
)
def test_wrong_data_are_named(data, message):
    with pytest.raises(RecipeError, match=r"quantize") as caught:
        from_plain(QuantizeSettings, data, where="quantize")
    assert message in str(caught.value)
