"""Every export of `make_torch_models.py`, simplified, must give PyTorch's own answers for several batches."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

MODELS = (
    "bert_script", "bert_script_spelled", "bert_dynamo", "bert_dynamo_24", "vit_script", "vit_dynamo", "swin_script",
    "swin_dynamo", "yolo_script", "yolo_dynamo", "yolo_sizes",
)  # fmt: skip
SHAPE_ARITHMETIC = {"Shape", "Size", "ConstantOfShape", "Range"}
ALLOWED = {"yolo_sizes": 40}
"""How many operators of shape arithmetic may stay: the anchors of free image sizes are made from them."""


@pytest.mark.oracle_torch
@pytest.mark.parametrize("name", MODELS)
def test_simplified_export(name, torch_model, run_onnx, tmp_path):
    import modelwright

    path = tmp_path / "simple.onnx"
    report = modelwright.convert(torch_model / "model.onnx", path, onnxsim=True)
    assert report.status is modelwright.Status.VERIFIED
    operators = [node.op_type for node in onnx.load(path, load_external_data=False).graph.node]
    assert sum(operator in SHAPE_ARITHMETIC for operator in operators) <= ALLOWED.get(name, 3)
    for reference in sorted(torch_model.glob("ref_b*.npz")):
        with np.load(reference) as arrays:
            feeds = {key[3:]: arrays[key] for key in arrays.files if key.startswith("in:")}
            expected = {key[4:]: arrays[key] for key in arrays.files if key.startswith("out:")}
        outputs = run_onnx(path, feeds)
        for output, value in expected.items():
            np.testing.assert_allclose(outputs[output], value, rtol=0, atol=1e-5 * np.abs(value).max())
