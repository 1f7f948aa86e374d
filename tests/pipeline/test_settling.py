from pathlib import Path

import pytest

from modelwright.errors import ModelNotFoundError, UsageError
from modelwright.pipeline.recipe import parse_recipe
from modelwright.pipeline.settling import settle


def recipe(source, output, **sections):
    return parse_recipe({"source": {"path": str(source)}, "output": {"path": str(output)}, **sections})


def test_format_and_target_are_filled_in(small, tmp_path):
    found = settle(recipe(small, tmp_path / "m.onnx"))
    assert (found.source.format, found.output.target) == ("onnx", "onnx")


def test_places_that_are_taken(small, tmp_path):
    with pytest.raises(UsageError, match="source itself"):
        settle(recipe(small, small))
    with pytest.raises(ModelNotFoundError, match="no reference"):
        settle(recipe(small, tmp_path / "m.onnx", verify={"reference": str(Path("none.npz"))}))
