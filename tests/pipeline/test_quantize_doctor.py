"""The doctor beside quantization."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from modelwright.errors import UnsupportedError
from modelwright.pipeline.quantize_api import quantize
from modelwright.pipeline.report import report_data

FOLDER = Path(__file__).parents[1] / "fixtures" / "quantize" / "doctor"


def _codes(report: object) -> list[tuple[str, str]]:
    data = report_data(report)  # type: ignore[arg-type]
    return [(item["level"], item["code"]) for item in data["diagnostics"] if item["stage"] == "doctor"]


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """Pictures of 0 to 255 for a network that wants ImageNet's mean and deviation."""
    namespace: dict[str, object] = {}
    exec((FOLDER / "scenes.py").read_text(), namespace)
    pictures, _ = namespace["scenes"](24, seed=3)  # type: ignore[operator]
    np.save(tmp_path / "wrong.npy", np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), np.float32))
    return tmp_path / "wrong.npy"


def test_faults_are_said_and_fixed_only_if_asked(wrong: Path, tmp_path: Path) -> None:
    said = quantize(FOLDER / "residual.onnx", tmp_path / "a.onnx", data=wrong, no_report=True)
    assert _codes(said) == [("error", "MW-Q103")]
    fixed = quantize(FOLDER / "residual.onnx", tmp_path / "b.onnx", data=wrong, fix=True, no_report=True)
    assert _codes(fixed) == [("notice", "MW-Q103")]
    right = np.load(wrong).transpose(0, 2, 3, 1) / 255
    right = ((right - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]).transpose(0, 3, 1, 2).astype(np.float32)
    np.save(tmp_path / "right.npy", np.ascontiguousarray(right))
    clean = quantize(FOLDER / "residual.onnx", tmp_path / "c.onnx", data=tmp_path / "right.npy", no_report=True)
    assert _codes(clean) == []
    again = quantize(FOLDER / "residual.onnx", tmp_path / "d.onnx", data=wrong, fix=True, no_report=True)
    assert [item.sha256 for item in again.files] == [item.sha256 for item in fixed.files]
    assert [item.sha256 for item in again.files] != [item.sha256 for item in said.files]


def test_a_quantized_model_is_refused_or_made_float_first(wrong: Path, tmp_path: Path) -> None:
    quantize(FOLDER / "plain.onnx", tmp_path / "a.onnx", data=wrong, no_report=True)
    with pytest.raises(UnsupportedError, match="quantized already") as refused:
        quantize(tmp_path / "a.onnx", tmp_path / "b.onnx", data=wrong, no_report=True)
    assert "--fix" in refused.value.hint
    fixed = quantize(tmp_path / "a.onnx", tmp_path / "b.onnx", data=wrong, fix=True, no_report=True)
    assert ("notice", "MW-Q204") in _codes(fixed)


def test_ranges_that_cut_much_off_are_chosen_again(wrong: Path, tmp_path: Path) -> None:
    options = {"data": wrong, "method": "percentile", "max_percentile": 0.97, "no_report": True}
    said = quantize(FOLDER / "plain.onnx", tmp_path / "a.onnx", **options)  # type: ignore[arg-type]
    assert ("warning", "MW-Q202") in _codes(said)
    fixed = quantize(FOLDER / "plain.onnx", tmp_path / "b.onnx", fix=True, **options)  # type: ignore[arg-type]
    assert ("notice", "MW-Q202") in _codes(fixed)
    worst = [min(item.cosine or 0 for item in report.verification.outputs) for report in (said, fixed)]  # type: ignore[union-attr]
    assert worst[1] > worst[0]
