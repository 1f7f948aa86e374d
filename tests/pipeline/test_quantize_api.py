import inspect

from modelwright.pipeline.quantize_api import quantize
from modelwright.pipeline.quantize_request import NAMES


def test_every_setting_has_a_keyword():
    assert set(NAMES) <= set(inspect.signature(quantize).parameters)
