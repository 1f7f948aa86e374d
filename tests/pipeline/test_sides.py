import pytest

import modelwright as mw
from modelwright.errors import ModelNotFoundError, RecipeError
from modelwright.formats import Format
from modelwright.pipeline.sides import SideRequest, load_side, source_of_report

DIGITS = "examples/digits/saved_model"


def _load(path, scratch, **options):
    from pathlib import Path

    return load_side(SideRequest(path=Path(path), interpreters={}, options={}, **options), scratch)


def test_an_onnx_model_runs_from_its_own_file(small, tmp_path):
    side = _load(small, tmp_path / "s")
    assert (side.format, side.file, side.opset) == (Format.ONNX, small, 17)
    assert side.summary.nodes == 4


def test_other_formats_are_imported_and_optimized_or_not(tmp_path):
    optimized = _load(DIGITS, tmp_path / "a", opset=13)
    plain = _load(DIGITS, tmp_path / "b", optimized=False)
    assert (len(optimized.model.graph), optimized.opset) == (34, 13)
    assert len(plain.model.graph) > 60
    assert optimized.file.is_file()
    assert all(value.name for node in plain.model.graph for value in node.outputs)


def test_a_report_and_a_recipe_name_a_source(small, tmp_path):
    mw.convert(small, tmp_path / "out.onnx")
    recipe = source_of_report(tmp_path / "out.report.json")
    assert recipe.source.path == str(small)
    assert source_of_report(small) is None
    assert source_of_report(tmp_path / "missing.json") is None
    (tmp_path / "odd.json").write_text("[]")
    with pytest.raises(RecipeError):
        source_of_report(tmp_path / "odd.json")
    with pytest.raises(ModelNotFoundError):
        _load(tmp_path / "missing", tmp_path / "c")
