import numpy as np
import onnx
import onnx.helper
import pytest

from modelwright.verify.runners import lowered
from modelwright.verify.runners.lowered import Newest, is_too_new, newest_of, write_lowered
from modelwright.verify.runners.onnxruntime import CannotRunHere, OnnxRuntimeRunner

H = onnx.helper
X = np.linspace(-2, 2, 6, dtype=np.float32).reshape(2, 3)


def write(path, nodes, *, opset=28, ir=14, initializers=()):
    infos = [H.make_tensor_value_info(name, onnx.TensorProto.FLOAT, (2, 3)) for name in ("x", "y")]
    graph = H.make_graph(nodes, "g", infos[:1], infos[1:], list(initializers))
    onnx.save(H.make_model(graph, opset_imports=[H.make_opsetid("", opset)], ir_version=ir), path)
    return path


def test_messages_about_versions_are_told_from_others():
    assert is_too_new("Unsupported model IR version: 14, max supported IR version: 13")
    assert is_too_new("Opset 28 is under development and ... support for domain ai.onnx is till opset 26.")
    assert not is_too_new("Failed to find kernel")


def test_what_a_runtime_loads_at_most_is_learned_from_its_refusals():
    def load(model: bytes) -> None:
        proto = onnx.ModelProto.FromString(model)
        if proto.ir_version > 12:
            raise ValueError(f"Unsupported model IR version: {proto.ir_version}, max supported IR version: 12")
        if proto.opset_import[0].version > 24:
            raise ValueError("Opset 9999 is under development, official support is till opset 24.")

    assert newest_of(load) == Newest(opset=24, ir_version=12)
    assert newest_of(lambda model: None) is None


def test_a_default_model_of_onnx_runs(tmp_path):
    graph = H.make_graph(
        [H.make_node("Relu", ["x"], ["y"])],
        "g",
        [H.make_tensor_value_info("x", onnx.TensorProto.FLOAT, (2, 3))],
        [H.make_tensor_value_info("y", onnx.TensorProto.FLOAT, (2, 3))],
    )
    onnx.save(H.make_model(graph), tmp_path / "m.onnx")
    runner = OnnxRuntimeRunner(tmp_path / "m.onnx")
    np.testing.assert_array_equal(runner.run({"x": X})["y"], np.maximum(X, 0))
    assert [str(spec) for spec in runner.inputs] == ["x: float32[2, 3]"]


def test_what_changed_since_is_said_in_the_older_opset(tmp_path):
    copy = tmp_path / "copy.onnx"
    nodes = [H.make_node("Relu", ["x"], ["a"]), H.make_node("Neg", ["a"], ["y"])]
    told = write_lowered(write(tmp_path / "m.onnx", nodes), copy, Newest(opset=20, ir_version=9))
    assert told == "opset 28 lowered to 20"
    found = onnx.load(copy)
    assert (found.opset_import[0].version, found.ir_version) == (20, 9)


def test_only_the_ir_version_is_lowered_where_that_is_enough(tmp_path):
    copy = tmp_path / "copy.onnx"
    source = write(tmp_path / "m.onnx", [H.make_node("Relu", ["x"], ["y"])], opset=17)
    assert write_lowered(source, copy, Newest(opset=26, ir_version=13)) == "IR version 14 lowered"
    assert onnx.load(copy).ir_version == 8


def test_what_cannot_be_said_in_the_older_opset_stays_unrun(tmp_path):
    nodes = [H.make_node("Cast", ["x"], ["a"], to=onnx.TensorProto.FLOAT4E2M1), H.make_node("Cast", ["a"], ["y"], to=1)]
    copy = tmp_path / "copy.onnx"
    assert write_lowered(write(tmp_path / "m.onnx", nodes), copy, Newest(opset=17, ir_version=8)) == ""
    assert not copy.exists()


def test_large_models_are_not_copied(tmp_path, monkeypatch):
    monkeypatch.setattr(lowered, "LARGEST", 8)
    weight = onnx.numpy_helper.from_array(np.ones((2, 3), np.float32), "w")
    source = write(tmp_path / "m.onnx", [H.make_node("Add", ["x", "w"], ["y"])], initializers=[weight])
    with pytest.raises(CannotRunHere, match="IR version 14 is newer than 13"):
        OnnxRuntimeRunner(source)
