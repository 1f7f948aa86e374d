"""Late operators written with older ones, in the opset of the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx.parser
import onnxruntime

from modelwright.hub.io import load, save
from modelwright.passes.opset.apart import take_apart

TEXT = """<ir_version: 10, opset_import: ["" : 20]>
g (float[1, 2, 4, 5] x, float[1, 3, 3, 2] grid) => (float[1, 2, 3, 3] y) {
    s = GridSample <mode = "linear"> (x, grid)
    y = Gelu (s)
}"""


def test_the_model_keeps_its_opset_and_its_values(tmp_path: Path):
    source = tmp_path / "m.onnx"
    onnx.save(onnx.parser.parse_model(TEXT), source)
    model = load(source)
    assert take_apart(model, ("GridSample",), 15) == []
    assert model.graph.opset_imports[""] == 20
    kinds = [node.op_type for node in model.graph]
    assert "GridSample" not in kinds
    assert "Gelu" in kinds
    save(model, tmp_path / "n.onnx")
    random = np.random.default_rng(0)
    feeds = {"x": random.normal(size=(1, 2, 4, 5)), "grid": random.uniform(-1, 1, (1, 3, 3, 2))}
    feeds = {name: array.astype(np.float32) for name, array in feeds.items()}
    before, after = (
        onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, feeds)[0]
        for path in (source, tmp_path / "n.onnx")
    )
    np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-6)


def test_without_such_operators_nothing_happens(tmp_path: Path):
    onnx.save(onnx.parser.parse_model(TEXT), tmp_path / "m.onnx")
    model = load(tmp_path / "m.onnx")
    assert take_apart(model, ("DFT",), 15) == []
    assert [node.op_type for node in model.graph] == ["GridSample", "Gelu"]
