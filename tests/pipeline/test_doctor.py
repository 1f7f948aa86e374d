"""Models and data looked at from their files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from modelwright.errors import CalibrationDataError, UsageError
from modelwright.hub.io import load, save
from modelwright.pipeline.doctor import DoctorRequest, examine_model
from modelwright.quantize.data.settings import Color, InputData
from modelwright.quantize.settings import QuantizeSettings
from modelwright.quantize.steps import quantize

FOLDER = Path(__file__).parents[1] / "fixtures" / "quantize" / "doctor"
IMAGENET = InputData(path="", color=Color.RGB, mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """24 pictures as PNG files."""
    image = pytest.importorskip("PIL.Image")
    folder = tmp_path / "images"
    folder.mkdir()
    namespace: dict[str, object] = {}
    exec((FOLDER / "scenes.py").read_text(), namespace)
    pictures, _ = namespace["scenes"](24, seed=3)  # type: ignore[operator]
    for place, picture in enumerate(pictures):
        image.fromarray(picture).save(folder / f"{place:02}.png")
    return folder


def test_pictures_as_they_are_and_as_they_should_be(images: Path) -> None:
    raw = examine_model(DoctorRequest(path=FOLDER / "residual.onnx", data=images))
    assert [item.code for item in raw.findings] == ["MW-Q103"]
    assert not raw.healthy
    right = examine_model(DoctorRequest(path=FOLDER / "residual.onnx", data=images, like=IMAGENET))
    assert right.healthy
    assert right.findings == ()
    assert right.samples == 24
    assert right.tensors > 5
    assert len(right.checks) == 15


def test_the_model_alone(tmp_path: Path) -> None:
    report = examine_model(DoctorRequest(path=FOLDER / "mobile.onnx"))
    assert report.healthy
    assert report.samples == report.tensors == 0


def test_a_quantized_model_is_not_run(images: Path, tmp_path: Path) -> None:
    model = load(FOLDER / "plain.onnx")
    data = np.random.default_rng(0).random((1, 3, 32, 32), dtype=np.float32)
    quantize(model, QuantizeSettings(finetune=0), [{"image": data}])  # type: ignore[arg-type]
    save(model, tmp_path / "quantized.onnx")
    report = examine_model(DoctorRequest(path=tmp_path / "quantized.onnx", data=images))
    assert [item.code for item in report.findings] == ["MW-Q204"]


def test_a_reference_needs_data(images: Path) -> None:
    with pytest.raises(UsageError, match="--reference"):
        examine_model(DoctorRequest(path=FOLDER / "plain.onnx", reference=images))
    with pytest.raises(CalibrationDataError):
        examine_model(DoctorRequest(path=FOLDER / "plain.onnx", data=images / "none"))
