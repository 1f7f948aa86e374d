import os

import numpy as np
import onnx
import onnx.helper
import pytest

from modelwright.errors import ArtifactInvalid
from modelwright.verify.runners import onnxruntime as module
from modelwright.verify.runners.onnxruntime import CannotRunHere, OnnxRuntimeRunner

H = onnx.helper


def write(path, op_type, dtype=onnx.TensorProto.FLOAT, shape=("N", None), **attributes):
    graph = H.make_graph(
        [H.make_node(op_type, ["x"], ["y"], name="n", **attributes)],
        "g",
        [H.make_tensor_value_info("x", dtype, shape)],
        [H.make_tensor_value_info("y", dtype, shape)],
    )
    onnx.save(H.make_model(graph, opset_imports=[H.make_opsetid("", 17)], ir_version=8), path)
    return path


def test_specs_and_values(tmp_path):
    runner = OnnxRuntimeRunner(write(tmp_path / "m.onnx", "Neg"))
    assert str(runner.inputs[0]) == "x: float32[N, ?]"
    assert runner.label.startswith("ONNX Runtime 1.")
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(runner.run({"x": x})["y"], -x)


def test_strings_go_in_and_out(tmp_path):
    runner = OnnxRuntimeRunner(write(tmp_path / "m.onnx", "Identity", onnx.TensorProto.STRING, ("N",)))
    assert runner.run({"x": np.array(["a", "bc"])})["y"].tolist() == ["a", "bc"]


def test_types_that_cannot_be_passed(tmp_path):
    runner = OnnxRuntimeRunner(write(tmp_path / "m.onnx", "Identity", onnx.TensorProto.BFLOAT16))
    with pytest.raises(CannotRunHere, match="bfloat16"):
        runner.run({"x": np.zeros((1, 1), np.float32)})


def test_no_more_threads_than_cores(tmp_path, monkeypatch):
    seen = []
    real = module.onnxruntime.InferenceSession

    def record(path, options, **kwargs):
        seen.append(options.intra_op_num_threads)
        return real(path, options, **kwargs)

    monkeypatch.setattr(module.onnxruntime, "InferenceSession", record)
    OnnxRuntimeRunner(write(tmp_path / "m.onnx", "Neg"))
    assert seen == [len(os.sched_getaffinity(0))]


def test_garbage_and_missing_files(tmp_path):
    (tmp_path / "m.onnx").write_bytes(b"nonsense")
    with pytest.raises(ArtifactInvalid, match="does not load"):
        OnnxRuntimeRunner(tmp_path / "m.onnx")
    with pytest.raises(ArtifactInvalid, match=r"gone\.onnx"):
        OnnxRuntimeRunner(tmp_path / "gone.onnx")


def test_errors_are_quiet(tmp_path, capfd):
    with pytest.raises(ArtifactInvalid):
        OnnxRuntimeRunner(write(tmp_path / "m.onnx", "Transpose", perm=[0, 9]))
    assert capfd.readouterr() == ("", "")


def test_quantized_weights_that_nodes_share(tmp_path):
    random = np.random.default_rng(0)
    weight = random.integers(-100, 100, (4, 4, 1, 1)).astype(np.int8)
    arrays = {"w": weight, "ws": np.float32(0.01), "wz": np.int8(0), "s": np.float32(0.05), "z": np.uint8(128)}
    nodes = [H.make_node("DequantizeLinear", ["w", "ws", "wz"], ["wd"])]
    for value, rounded in (("x", "a"), ("b", "c"), ("d", "y")):
        nodes.append(H.make_node("QuantizeLinear", [value, "s", "z"], [f"{value}_q"]))
        nodes.append(H.make_node("DequantizeLinear", [f"{value}_q", "s", "z"], [rounded]))
        if rounded != "y":
            nodes.append(H.make_node("Conv", [rounded, "wd"], [{"a": "b", "c": "d"}[rounded]]))
    graph = H.make_graph(
        nodes,
        "g",
        [H.make_tensor_value_info("x", onnx.TensorProto.FLOAT, (1, 4, 5, 5))],
        [H.make_tensor_value_info("y", onnx.TensorProto.FLOAT, (1, 4, 5, 5))],
        [onnx.numpy_helper.from_array(np.asarray(array), name) for name, array in arrays.items()],
    )
    path = tmp_path / "m.onnx"
    onnx.save(H.make_model(graph, opset_imports=[H.make_opsetid("", 17)], ir_version=8), path)
    x = random.standard_normal((1, 4, 5, 5), dtype=np.float32)
    found = OnnxRuntimeRunner(path).run({"x": x})["y"]
    plain = OnnxRuntimeRunner(path, as_written=True).run({"x": x})["y"]
    assert np.abs(found - plain).max() <= 0.0501
