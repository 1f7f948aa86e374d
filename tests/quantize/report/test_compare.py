"""Errors of tensors, against both models run whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from modelwright.hub.skeleton import Skeleton
from modelwright.quantize.report import compare as module
from modelwright.quantize.report.compare import both_models, compare
from modelwright.quantize.report.pairs import pairs


@pytest.mark.parametrize("budget", [None, 1])
def test_errors_are_those_of_the_tensors(both, data, tmp_path: Path, monkeypatch, budget: int | None) -> None:
    if budget is not None:
        monkeypatch.setattr(module, "_BUDGET", budget)
    floating, quantized = both("silu")
    with both_models(floating, quantized) as models:
        rows, samples = compare(models, data, samples=3)
    assert samples == 3
    found = pairs(floating, quantized)
    assert [row.var for row in rows] == [pair.name for pair in found]
    inner = [pair for pair in found if pair.made]
    values = []
    for place, (model, names) in enumerate(
        ((floating, [pair.name for pair in inner]), (quantized, [pair.quantized for pair in inner]))
    ):
        folder = tmp_path / str(place)
        folder.mkdir()
        options = onnxruntime.SessionOptions()
        options.add_session_config_entry("session.x64quantprecision", "1")
        path = Skeleton(model, folder).write(names)
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        runs = [session.run(names, batch) for batch, _ in zip(data, range(3), strict=False)]
        values.append({pair.name: np.stack(items) for pair, items in zip(inner, zip(*runs, strict=True), strict=True)})
    for row in rows:
        if row.var not in values[0]:
            continue
        f, q = (item[row.var].astype(np.float64) for item in values)
        assert row.error.snr == pytest.approx(np.square(q - f).sum() / np.square(f).sum(), rel=0.05, abs=1e-7)
        assert row.floating == pytest.approx((f.min(), f.max()), rel=1e-4, abs=1e-5)
        assert row.quantized == pytest.approx((q.min(), q.max()), rel=2e-2, abs=1e-2)


def test_layers_alone_err_less_than_all_together(both, data) -> None:
    with both_models(*both("silu")) as models:
        rows, _ = compare(models, data)
    last = rows[-1]
    assert last.var == "scores"
    assert last.alone is not None
    assert last.alone.snr < last.error.snr
    assert rows[0].alone == rows[0].error


def test_a_model_against_itself_has_no_error(both, data) -> None:
    floating, _ = both("mobile")
    with both_models(floating, floating) as models:
        rows, _ = compare(models, data, samples=1)
    assert [row.error.snr for row in rows] == [0.0]


def test_the_same_twice(both, data) -> None:
    with both_models(*both("residual")) as models:
        assert compare(models, data, samples=2) == compare(models, data, samples=2)
