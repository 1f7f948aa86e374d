"""Whole networks of `make_paddle_models.py`, of both formats, against Paddle's own answers."""

from __future__ import annotations

import numpy as np
import pytest

NETWORKS = (
    "resnet18", "mobilenet_v3", "shufflenet_v2", "densenet121", "googlenet", "text_recognizer", "text_detector",
    "segmenter", "object_detector", "text_encoder",
)  # fmt: skip
TOLERANCE = 1e-4
TIES = 1e-3
"""The part of an argmax's results that may differ, where two scores are nearly equal."""


def error_of(found, expected):
    """Floats: largest difference over the largest magnitude; integers: the part that differs."""
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    if expected.dtype.kind != "f":
        return float(np.mean(found != expected))
    return float(np.abs(found - expected).max(initial=0.0) / np.abs(expected).max(initial=1e-12))


@pytest.mark.oracle_paddle
@pytest.mark.parametrize("form", ["pir", "program"])
@pytest.mark.parametrize("name", NETWORKS)
def test_network(name, form, paddle_model, run_onnx, tmp_path):
    import modelwright

    path = tmp_path / "network.onnx"
    modelwright.convert(paddle_model, path, no_verify=True)
    with np.load(paddle_model / "reference.npz") as arrays:
        feeds = {key[3:]: arrays[key] for key in arrays.files if key.startswith("in:")}
        expected = [arrays[f"out:{number}"] for number in range(len(arrays.files) - len(feeds))]
    results = list(run_onnx(path, feeds).values())
    assert len(results) == len(expected)
    errors = [error_of(found, wanted) for found, wanted in zip(results, expected, strict=True)]
    for error, wanted in zip(errors, expected, strict=True):
        assert error <= (TOLERANCE if wanted.dtype.kind == "f" else TIES), errors
