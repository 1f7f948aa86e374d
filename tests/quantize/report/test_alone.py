"""Each layer's error alone, against the layers run one by one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest

from modelwright.hub.io import save
from modelwright.hub.skeleton import Skeleton
from modelwright.quantize.report.alone import FLOAT_PREFIX, side_by_side
from modelwright.quantize.report.pairs import pairs


def _values(model: ir.Model, names: list[str], feeds: dict[str, np.ndarray], folder: Path) -> list[np.ndarray]:
    folder.mkdir()
    session = onnxruntime.InferenceSession(Skeleton(model, folder).write(names), providers=["CPUExecutionProvider"])
    needed = {item.name for item in session.get_inputs()}
    return session.run(names, {name: array for name, array in feeds.items() if name in needed})


@pytest.mark.parametrize("name", ["mobile", "residual", "silu"])
def test_the_float_side_is_the_float_model(both, data, name: str, tmp_path: Path) -> None:
    floating, quantized = both(name)
    before = [node.name for node in quantized.graph], [node.name for node in floating.graph]
    joined = side_by_side(floating, quantized)
    assert ([node.name for node in quantized.graph], [node.name for node in floating.graph]) == before
    names = [value.name or "" for node in floating.graph for value in node.outputs]
    batch = next(iter(data))
    one = _values(floating, names, batch, tmp_path / "a")
    other = _values(joined, [f"{FLOAT_PREFIX}{item}" for item in names], batch, tmp_path / "b")
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["mobile", "silu"])
def test_a_layer_alone_reads_what_the_float_model_makes(both, data, name: str, tmp_path: Path) -> None:
    """The tensors before and behind some layer, with the quantized layer run from rounded float values by itself."""
    floating, quantized = both(name)
    found = [pair for pair in pairs(floating, quantized) if pair.made]
    joined = side_by_side(floating, quantized)
    save(quantized, tmp_path / "quantized.onnx")
    batch = next(iter(data))
    inner = [pair for pair in found if pair.dtype]
    exact = dict(
        zip(
            [pair.made for pair in inner],
            _values(floating, [pair.name for pair in inner], batch, tmp_path / "float"),
            strict=True,
        )
    )
    alone = _values(joined, [pair.made for pair in found], batch, tmp_path / "joined")
    skeleton_folder = tmp_path / "parts"
    skeleton_folder.mkdir()
    skeleton = Skeleton(quantized, skeleton_folder)
    for pair, got in zip(found, alone, strict=True):
        starts = {item: ("float32", array.ndim) for item, array in exact.items() if item != pair.made}
        path = skeleton.write([pair.made], starts=starts)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        feeds = {item.name: {**batch, **exact}[item.name] for item in session.get_inputs()}
        np.testing.assert_allclose(got, session.run(None, feeds)[0], rtol=1e-4, atol=1e-4)
