"""Reports beside quantized models."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from modelwright.errors import UsageError
from modelwright.pipeline.quantize_api import quantize
from modelwright.pipeline.quantize_report import command, report_paths
from modelwright.pipeline.quantize_request import quantize_section
from modelwright.pipeline.request import build_recipe

FOLDER = Path(__file__).parents[1] / "fixtures" / "quantize" / "doctor"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Smooth random pictures."""
    steps = np.random.default_rng(0).standard_normal((12, 3, 32, 32))
    np.save(tmp_path / "data.npy", (np.abs(steps.cumsum(2).cumsum(3)) / 40).clip(0, 1).astype(np.float32))
    return tmp_path / "data.npy"


def test_both_pages_appear_beside_the_result(data: Path, tmp_path: Path) -> None:
    report = quantize(FOLDER / "mobile.onnx", tmp_path / "out" / "m.q.onnx", data=data)
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["m.q.onnx", "m.q.report.json", "m.q_report.html", "m.q_report.json", "m.q_report.md"]
    text = (tmp_path / "out" / "m.q_report.md").read_text()
    assert "| | Op | Var | SNR | MSE | Cosine | Q.MinMax | F.MinMax | F.Hist |" in text
    assert "scores" in text
    assert "measured on 12 batches" in text
    measured = json.loads((tmp_path / "out" / "m.q_report.json").read_text())
    assert "scores" in [item["name"] for item in measured["tensors"]]
    assert measured["samples"] == 12
    step = next(item for item in report.steps if item.name == "quantize")
    assert "m.q_report.md and m.q_report.html" in step.summary
    again = quantize(FOLDER / "mobile.onnx", tmp_path / "again" / "m.q.onnx", data=data)
    assert (tmp_path / "again" / "m.q_report.md").read_text().replace("/again/", "/out/") == text
    assert [item.sha256 for item in again.files] == [item.sha256 for item in report.files]


def test_none_is_written_if_none_is_wanted(data: Path, tmp_path: Path) -> None:
    quantize(FOLDER / "mobile.onnx", tmp_path / "out" / "m.onnx", data=data, no_report=True)
    assert not list((tmp_path / "out").glob("*_report.*"))
    with pytest.raises(UsageError, match="contradict"):
        quantize(FOLDER / "mobile.onnx", tmp_path / "m.onnx", data=data, no_report=True, report=True)


def test_names_of_the_pages() -> None:
    assert [path.name for path in report_paths(Path("a/b.q.onnx"))] == ["b.q_report.md", "b.q_report.html"]


def test_the_command_can_be_copied(tmp_path: Path) -> None:
    said = {"data": "my images", "mean": [1.5, 2, 3], "std": [4, 5, 6], "color": "rgb", "preprocess": "f.py:g"}
    model = tmp_path / "my model.onnx"
    model.write_bytes((FOLDER / "mobile.onnx").read_bytes())
    recipe = build_recipe(str(model), "out.onnx", {}, quantize=quantize_section(said))
    assert command(recipe) == (
        f"modelwright quantize '{model}' --data 'my images' --color rgb --mean 1.5,2,3 --std 4,5,6 "
        "--preprocess f.py:g --trust -o out.onnx"
    )
    said = {"data": "a", "samples": 9, "batch_size": 2, "method": "kl", "precision_level": 2, "ignore_op_types": "A,B"}
    said |= {"activations": "int8", "symmetric": True, "weights": "uint8", "per_tensor": True, "no_simplify": True}
    section = quantize_section(said)
    text = command(build_recipe(str(model), "out.onnx", {}, quantize=section))
    assert text == (
        f"modelwright quantize '{model}' --data a --samples 9 --batch_size 2 --precision int8 --method kl "
        "--ignore_op_types A,B --precision_level 2 --activations int8 --symmetric --weights uint8 --per_tensor "
        "--no_simplify -o out.onnx"
    )
