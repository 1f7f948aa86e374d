from pathlib import Path

import pytest

from modelwright.errors import ModelNotFoundError, RecipeError
from modelwright.pipeline.request import build_recipe


def test_each_setting_goes_to_its_section(small):
    settings = {
        "target": "onnx",
        "opset": 17,
        "onnxsim": True,
        "large_model": True,
        "reference": Path("r.npz"),
        "rtol": 0.1,
        "seed": 3,
        "inputs": "x[1,3,8,8],s",
        "checker": True,
        "outputs": None,
    }
    assert build_recipe(small, "o.onnx", settings).data() == {
        "version": 1,
        "source": {"path": str(small), "format": "onnx"},
        "options": {"checker": True, "inputs": ["x[1,3,8,8]", "s"]},
        "output": {"path": "o.onnx", "target": "onnx", "opset": 17, "options": {"external_data": True}},
        "optimize": {"enabled": True},
        "quantize": {},
        "verify": {"reference": "r.npz", "rtol": 0.1, "atol": 1e-6, "seed": 3},
    }


def test_what_was_not_given_is_not_there(small):
    recipe = build_recipe(small, "o.onnx", {"onnxsim": False, "checker": False, "tag": None})
    assert recipe.options == {}
    assert recipe.optimize.enabled is None


def test_settings_of_another_format(small):
    with pytest.raises(RecipeError, match="'tag'"):
        build_recipe(small, "o.onnx", {"tag": "serve"})
    with pytest.raises(RecipeError, match=r"source\.format is 'onxx'"):
        build_recipe(small, "o.onnx", {}, source_format="onxx")


def test_a_missing_source(tmp_path):
    with pytest.raises(ModelNotFoundError):
        build_recipe(tmp_path / "m.onnx", "o.onnx", {})
