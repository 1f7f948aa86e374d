"""``modelwright doctor``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from modelwright.cli.main import main

FOLDER = Path(__file__).parents[1] / "fixtures" / "quantize" / "doctor"


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    """Random numbers."""
    path = tmp_path / "noise.npy"
    np.save(path, np.random.default_rng(0).random((16, 3, 32, 32), dtype=np.float32))
    return path


def test_an_ill_patient(noise: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(FOLDER / "mobile.onnx"), "--data", str(noise)]) == 1
    shown = capsys.readouterr().out
    assert "the pictures are random noise  MW-Q101" in shown
    assert "-> calibrate with 32 to 128 real samples" in shown
    assert "unhealthy  1 error" in shown


def test_a_healthy_one_and_what_was_looked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(FOLDER / "mobile.onnx"), "-v"]) == 0
    shown = capsys.readouterr().out
    assert "healthy  nothing found" in shown
    assert "no       already quantized (MW-Q204)" in shown


def test_json(noise: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(FOLDER / "mobile.onnx"), "--data", str(noise), "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["healthy"] is False
    assert data["findings"][0]["code"] == "MW-Q101"


def test_wrong_flags_name_what_is_right(noise: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(FOLDER / "mobile.onnx"), "--data", str(noise), "--preset", "NET"]) == 2
    assert "PT_IMAGENET" in capsys.readouterr().err
    assert main(["doctor", str(FOLDER / "none.onnx"), "--data", str(noise)]) == 2
