import numpy as np
import pytest

from modelwright.errors import CalibrationDataError, ConversionError
from modelwright.quantize.session import ModelRuns


def test_tensors_and_spreads(residual, tools):
    model = tools.load(residual)
    feeds = next(iter(tools.images(1)))
    with ModelRuns(model) as runs:
        assert runs.inputs == ("x",)
        outputs, spreads = runs.runner(["logits", "r1"], spreads=["r1", "x"], most=10).run(feeds)
    assert np.allclose(outputs["logits"], tools.run(residual, feeds)[0], atol=1e-5)
    least, largest, some = spreads["r1"]
    assert (least, largest) == (outputs["r1"].min(), outputs["r1"].max())
    assert len(some) <= 10
    assert spreads["x"][1] == feeds["x"].max()


def test_data_that_do_not_fit(residual, tools):
    with ModelRuns(tools.load(residual)) as runs, pytest.raises(CalibrationDataError, match=r"x float32\[1, 3, 4\]"):
        runs.runner(["logits"]).run({"x": np.zeros((1, 3, 4), np.float32)})


def test_a_model_that_does_not_load(tmp_path, network, tools):
    n = network()
    n.add("Relu", ["x"], "y")
    model = tools.load(n.write(tmp_path / "m.onnx", {"x": [2]}, {"y": [2]}))
    next(iter(model.graph)).domain = "com.example"
    model.graph.opset_imports["com.example"] = 1
    with ModelRuns(model) as runs, pytest.raises(ConversionError, match="does not load the model"):
        runs.runner(["y"])
