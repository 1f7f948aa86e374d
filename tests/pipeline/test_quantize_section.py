import pytest

from modelwright.errors import RecipeError
from modelwright.pipeline.quantize_section import (
    check_quantization,
    data_settings,
    paths_of_quantization,
    quantize_settings,
    without_places,
)
from modelwright.pipeline.sections import QuantizeSection


def test_the_rules_are_those_of_the_output_unless_said():
    section = QuantizeSection(settings={})
    assert quantize_settings(section, target="onnx").target == "onnxruntime"
    assert quantize_settings(section, target="tflite").target == "tflite"
    said = QuantizeSection(settings={"target": "spacemit"})
    assert quantize_settings(said, target="tflite").target == "spacemit"


def test_data_without_settings_are_refused():
    with pytest.raises(RecipeError, match="no settings"):
        check_quantization(QuantizeSection(data={"inputs": [{"path": "x"}]}))
    check_quantization(QuantizeSection())


def test_wrong_keys_are_found():
    with pytest.raises(RecipeError, match=r"quantize.data.inputs\[0\]: unknown key 'pth'"):
        check_quantization(QuantizeSection(settings={}, data={"inputs": [{"pth": "x"}]}))


def test_paths():
    section = {
        "settings": {"labels": "l"},
        "data": {"inputs": [{"path": "a/b"}, {"path": "c", "function": "d/e.py:f"}]},
    }
    found = [table.get(key) for table, key in paths_of_quantization(section)]
    assert [item for item in found if item] == ["l", "a/b", "c", "d/e.py:f"]
    assert without_places(section["data"])["inputs"] == [{"path": "b"}, {"path": "c", "function": "e.py:f"}]


def test_no_data():
    assert data_settings(QuantizeSection(settings={})) is None
