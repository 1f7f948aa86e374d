"""Whole Caffe networks against OpenCV, and the fixtures of all layers against OpenCV as it is installed now."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

import modelwright
from modelwright.workers.interpreters import OPENCV

TESTS = Path(__file__).parents[1]
CACHE = Path(os.environ.get("MODELWRIGHT_ORACLE_CACHE") or Path.home() / ".cache" / "modelwright" / "oracle") / "caffe"
NETWORKS = (
    "alexnet", "caffenet", "googlenet", "vgg16", "resnet50", "squeezenet", "mobilenet", "densenet121", "ssd300",
    "mtcnn_p", "mtcnn_r", "mtcnn_o", "fcn8s", "unet", "enet", "lrcn",
)  # fmt: skip
LIVE = tuple(name for name in NETWORKS if name not in ("enet", "lrcn"))
"""Networks of which OpenCV knows every layer."""


def _folder(name: str) -> Path:
    folder = CACHE / name
    if not (folder / "reference.npz").is_file():
        pytest.skip(f"{folder} is missing: tests/oracle/make_caffe_models.py makes it (make oracle-caffe)")
    return folder


@pytest.mark.oracle_opencv
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_computes_what_opencv_does(name, tmp_path):
    folder = _folder(name)
    with np.load(folder / "reference.npz") as arrays:
        wanted = [key.removeprefix("out:") for key in arrays.files if key.startswith("out:")]
    report = modelwright.convert(
        folder / "net", tmp_path / "net.onnx", outputs=wanted, reference=folder / "reference.npz", rtol=1e-5
    )
    assert report.status is modelwright.Status.VERIFIED
    print(name, max(item.max_rel for item in report.verification.outputs))


@pytest.mark.oracle_opencv
@pytest.mark.parametrize("name", LIVE)
def test_a_network_is_verified_by_running_it_in_opencv(name, tmp_path):
    python = OPENCV.find(None)
    if python is None:
        pytest.skip(f"set {OPENCV.variable}")
    # Not every seed will do for SSD300: where two scores agree to 4e-7 (seed 3), either order of the rows is right.
    report = modelwright.convert(_folder(name) / "net", tmp_path / "net.onnx", cv_python=python, seed=0)
    assert report.status is modelwright.Status.VERIFIED
    assert "OpenCV 4" in report.verification.method


@pytest.mark.oracle_opencv
def test_the_fixtures_of_layers_are_what_opencv_gives(tmp_path):
    python = OPENCV.find(None)
    if python is None:
        pytest.skip(f"set {OPENCV.variable}")
    source = TESTS / "fixtures" / "caffe"
    for path in source.glob("*.py"):
        (tmp_path / path.name).write_text(path.read_text())
    subprocess.run([str(python), "make_layers.py"], cwd=tmp_path, check=True, capture_output=True)
    for path in sorted(source.glob("*.npz")):
        with np.load(path) as old, np.load(tmp_path / path.name) as new:
            assert set(old.files) == set(new.files)
            for key in old.files:
                if old[key].dtype.kind == "f":
                    np.testing.assert_allclose(new[key], old[key], rtol=1e-5, atol=1e-6, err_msg=f"{path.stem}/{key}")
