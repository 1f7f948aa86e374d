from pathlib import Path

import pytest

from modelwright.errors import UsageError
from modelwright.pipeline.quantize_request import quantize_section, result_path


def test_only_what_is_said_is_in_the_section():
    assert quantize_section({}) == {"settings": {}}
    said = {"method": "kl", "ignore_op_types": "Add, Mul", "symmetric": False, "no_simplify": True, "data": Path("d")}
    assert quantize_section(said) == {
        "settings": {"method": "kl", "ignore_op_types": ["Add", "Mul"]},
        "simplify": False,
        "data": {"inputs": [{"path": "d"}]},
        "search": True,
    }


def test_schemes():
    found = quantize_section({"activations": "int8", "symmetric": True, "weights": "int4", "block": 32})["settings"]
    assert found["activations"] == {"dtype": "int8", "symmetric": True}
    assert found["weights"] == {"dtype": "int4", "per_channel": True, "block": 32}
    with pytest.raises(UsageError, match="--weights is 'int3'"):
        quantize_section({"weights": "int3"})
    with pytest.raises(UsageError, match="--symmetric needs --activations"):
        quantize_section({"symmetric": True})


def test_levels():
    assert quantize_section({"precision_level": 2})["settings"] == {"level": 2, "precision": "int8"}
    assert quantize_section({"precision_level": 3})["settings"] == {"level": 0, "precision": "dynamic"}
    assert quantize_section({"precision_level": 1, "precision": "int16"})["settings"]["precision"] == "int16"
    with pytest.raises(UsageError, match="precision_level 4 means precision float16"):
        quantize_section({"precision_level": 4, "precision": "int8"})


def test_what_is_said_of_data_needs_data():
    with pytest.raises(UsageError, match="--samples"):
        quantize_section({"samples": 3})


def test_a_result_must_be_named():
    assert result_path("a.onnx", None, Path("m.onnx")) == "a.onnx"
    with pytest.raises(UsageError, match="no output is named"):
        result_path(None, None, Path("m.onnx"))
