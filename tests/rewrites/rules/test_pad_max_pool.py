from __future__ import annotations

import numpy as np
import onnx_ir as ir
import onnxruntime as ort

PADS = np.array([0, 0, 1, 1, 0, 0, 1, 1])
POOL = "y = MaxPool<kernel_shape=[3,3], strides=[2,2]>(a)"


def test_the_runtime_with_its_optimizations_agrees(check):
    model = check("float[1,2,5,5] x => float[1,2,3,3] y", f"a = Pad(x, p) {POOL}", "Pad MaxPool", p=PADS)
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 4
    session = ort.InferenceSession(ir.to_proto(model).SerializeToString(), options)
    data = np.full((1, 2, 5, 5), -3, np.float32)
    (result,) = session.run(None, {"x": data})
    assert result[0, 0, 0, 0] == 0
    assert result[0, 0, 1, 1] == -3


def test_other_values_stay(check):
    model = check(
        "float[1,2,5,5] x => float[1,2,3,3] y", f"a = Pad(x, p, o) {POOL}", "Pad MaxPool", p=PADS, o=np.float32(1)
    )
    assert next(iter(model.graph)).inputs[2].name == "o"
