from pathlib import Path

import numpy as np
import onnx
import onnx.helper
import onnx.parser
import pytest

from modelwright.diagnostics import Status
from modelwright.errors import ArtifactInvalid, ReferenceDataError, ToolMissingError
from modelwright.formats import TensorSpec
from modelwright.verify.runners.onnxruntime import onnx_source
from modelwright.verify.source import Binding, SourceResult, SourceRunFailed, SourceRunner
from modelwright.verify.verify import verify_artifact

H = onnx.helper


def write(path: Path, nodes, *, shape=("N", 3), out=("N", 3), opset=17, ir=8, outputs=("y",), init=()) -> Path:
    graph = H.make_graph(
        nodes,
        "g",
        [H.make_tensor_value_info("x", onnx.TensorProto.FLOAT, shape)],
        [H.make_tensor_value_info(name, onnx.TensorProto.FLOAT, out) for name in outputs],
        list(init),
    )
    opsets = [H.make_opsetid("", opset), H.make_opsetid("custom", 1)]
    onnx.save(H.make_model(graph, opset_imports=opsets, ir_version=ir), path)
    return path


def relu(tmp_path, **kwargs) -> Path:
    return write(tmp_path / "m.onnx", [H.make_node("Relu", ["x"], ["y"], name="relu")], **kwargs)


X = np.linspace(-2, 2, 12, dtype=np.float32).reshape(4, 3)


def reference(tmp_path, **arrays) -> Path:
    np.savez(tmp_path / "r.npz", **{key.replace("_", ":", 1): value for key, value in arrays.items()})
    return tmp_path / "r.npz"


def source(function, label="Fake 1.0") -> SourceRunner:
    return SourceRunner(label="Fake", run=lambda arrays: SourceResult(arrays={"y": function(arrays["x"])}, label=label))


def test_verified_by_a_reference(tmp_path):
    path = relu(tmp_path)
    result = verify_artifact(path, reference=reference(tmp_path, in_x=X, out_y=np.maximum(X, 0)), checks=["checker"])
    assert result.status is Status.VERIFIED
    assert result.method == "r.npz"
    assert result.reason == ""
    assert result.checks == ("checker", "loads in ONNX Runtime", "runs on x [4, 3]")
    assert result.runner.startswith("ONNX Runtime 1")
    assert result.outputs[0].max_abs == 0
    assert result.latency_ms is not None


def test_failed_says_which_output_and_how_far(tmp_path):
    path = relu(tmp_path)
    result = verify_artifact(path, reference=reference(tmp_path, in_x=X, out_y=np.maximum(X, 0.5)))
    assert result.status is Status.FAILED
    assert "y: 7 of 12 elements are off, by up to 0.5" in result.reason


def test_tolerance_decides(tmp_path):
    path = relu(tmp_path)
    ref = reference(tmp_path, in_x=X, out_y=np.maximum(X, 0) + np.float32(1e-3))
    assert verify_artifact(path, reference=ref).status is Status.FAILED
    assert verify_artifact(path, reference=ref, rtol=1e-2).status is Status.VERIFIED
    assert verify_artifact(path, reference=ref, atol=1e-2).status is Status.VERIFIED


def test_verified_by_the_source_on_random_inputs(tmp_path):
    result = verify_artifact(relu(tmp_path), source=source(lambda x: np.maximum(x, 0)), seed=5)
    assert result.status is Status.VERIFIED
    assert result.method == "Fake 1.0 on random inputs (seed 5)"
    assert result.outputs[0].shape == (2, 3)


def test_nothing_to_compare_with_is_unverified(tmp_path):
    result = verify_artifact(relu(tmp_path))
    assert result.status is Status.UNVERIFIED
    assert "nothing to compare with" in result.reason
    assert "runs on x [2, 3]" in result.checks


def test_a_source_that_does_not_run_is_unverified(tmp_path):
    def refuse(_arrays):
        raise SourceRunFailed("index out of range")

    result = verify_artifact(relu(tmp_path), source=SourceRunner(label="x", run=refuse))
    assert result.status is Status.UNVERIFIED
    assert result.reason == "index out of range"


def test_a_missing_tool_is_not_swallowed(tmp_path):
    def refuse(_arrays):
        raise ToolMissingError("no TensorFlow")

    with pytest.raises(ToolMissingError):
        verify_artifact(relu(tmp_path), source=SourceRunner(label="x", run=refuse))


def test_a_source_of_nothing_but_nan_proves_nothing(tmp_path):
    path = write(tmp_path / "m.onnx", [H.make_node("Sub", ["x", "x"], ["z"]), H.make_node("Div", ["z", "z"], ["y"])])
    result = verify_artifact(path, source=source(lambda x: x * np.float32(np.nan)))
    assert result.status is Status.UNVERIFIED
    assert "nothing but NaN" in result.reason


def test_outputs_without_expected_values_leave_it_unverified(tmp_path):
    nodes = [H.make_node("Relu", ["x"], ["y"]), H.make_node("Neg", ["x"], ["z"])]
    path = write(tmp_path / "m.onnx", nodes, outputs=("y", "z"))
    result = verify_artifact(path, reference=reference(tmp_path, in_x=X, out_y=np.maximum(X, 0)))
    assert result.status is Status.UNVERIFIED
    assert result.reason.endswith("for z")


def test_a_wrong_reference_is_an_error(tmp_path):
    with pytest.raises(ReferenceDataError):
        verify_artifact(relu(tmp_path), reference=reference(tmp_path, in_q=X, out_y=X))


@pytest.mark.parametrize(
    ("kwargs", "lowered"),
    [
        ({"ir": 14}, "IR version 14 lowered"),
        ({"opset": 28, "ir": 13}, "opset 28 lowered to 26"),
        ({"opset": 28, "ir": 14}, "opset 28 lowered to 26"),
    ],
)
def test_versions_beyond_the_runtime_are_compared_as_lowered_copies(tmp_path, kwargs, lowered):
    result = verify_artifact(relu(tmp_path, **kwargs), source=source(lambda x: np.maximum(x, 0)))
    assert result.status is Status.VERIFIED
    assert result.method.endswith(f"(the result: {lowered})")
    assert result.checks[0] == f"loads in ONNX Runtime ({lowered})"
    wrong = verify_artifact(relu(tmp_path, **kwargs), source=source(lambda x: x))
    assert wrong.status is Status.FAILED


def test_custom_operators_and_missing_kernels_are_unverified(tmp_path):
    path = write(tmp_path / "m.onnx", [H.make_node("Foo", ["x"], ["y"], domain="custom", name="foo")])
    assert "no operator custom:Foo" in verify_artifact(path).reason
    nodes = [
        H.make_node("Cast", ["x"], ["a"], to=onnx.TensorProto.BFLOAT16),
        H.make_node("Erf", ["a"], ["b"], name="erf"),
        H.make_node("Cast", ["b"], ["y"], to=onnx.TensorProto.FLOAT),
    ]
    result = verify_artifact(write(tmp_path / "k.onnx", nodes))
    assert result.status is Status.UNVERIFIED
    assert "no kernel for Erf(13) (node 'erf')" in result.reason


def test_models_that_do_not_load_name_the_node(tmp_path):
    path = write(tmp_path / "m.onnx", [H.make_node("Transpose", ["x"], ["y"], name="block/t", perm=[0, 7])])
    with pytest.raises(ArtifactInvalid, match="does not load") as caught:
        verify_artifact(path)
    assert caught.value.node == "block/t"
    assert "onnxruntime_src" not in caught.value.message


GATHER = {
    "nodes": [H.make_node("Gather", ["x", "i"], ["y"], axis=1, name="pick")],
    "init": [H.make_tensor("i", onnx.TensorProto.INT64, [3], [0, 1, 7])],
}


def test_models_that_do_not_run_name_the_node(tmp_path):
    path = write(tmp_path / "m.onnx", shape=(2, None), out=(2, 3), **GATHER)
    with pytest.raises(ArtifactInvalid, match="does not run") as caught:
        verify_artifact(path, source=source(lambda x: x[:, :3]))
    assert caught.value.node == "pick"


def test_failing_on_guessed_sizes_proves_nothing(tmp_path):
    path = write(tmp_path / "m.onnx", shape=(2, None), out=(2, 3), **GATHER)
    result = verify_artifact(path)
    assert result.status is Status.UNVERIFIED
    assert "sizes guessed" in result.reason
    with pytest.raises(ArtifactInvalid):
        verify_artifact(write(tmp_path / "f.onnx", shape=(2, 5), out=(2, 3), **GATHER))


MODULO = """
<ir_version: 8, opset_import: ["" : 17]>
g (int32[2, 40] x, int32[40] k) => (int32[2, 40] y) { y = Mod (x, k) }
"""


def test_a_modulo_by_a_random_zero_is_tried_again_without(tmp_path):
    path = tmp_path / "m.onnx"
    onnx.save(onnx.parser.parse_model(MODULO), path)
    inputs = [Binding(name=name, source=name) for name in "xk"]
    result = verify_artifact(path, source=onnx_source(path, inputs, [Binding(name="y", source="y")]))
    assert result.status is Status.VERIFIED
    assert result.method.endswith("integers without 0")
    with pytest.raises(ArtifactInvalid, match="modulo by zero"):
        verify_artifact(
            path, source=SourceRunner(label="s", run=lambda a: SourceResult(arrays={"y": a["x"]}, label=""))
        )


def test_sizes_can_be_given(tmp_path):
    result = verify_artifact(relu(tmp_path), source=source(lambda x: np.maximum(x, 0)), dims={"N": 7})
    assert result.outputs[0].shape == (7, 3)


@pytest.mark.parametrize(
    ("promise", "reason"),
    [
        (TensorSpec(name="q", dtype="float32", shape=None), "'q' was lost"),
        (TensorSpec(name="y", dtype="int64", shape=None), "float32 instead of int64"),
        (TensorSpec(name="y", dtype="float32", shape=(None, 4)), r"\[2, 3\] instead of \[\?, 4\]"),
        (TensorSpec(name="y", dtype="float32", shape=(None,)), r"\[2, 3\] instead of \[\?\]"),
    ],
)
def test_promises_of_the_source_are_kept(tmp_path, promise, reason):
    with pytest.raises(ArtifactInvalid, match=reason):
        verify_artifact(relu(tmp_path), expected_outputs=[promise])
    kept = TensorSpec(name="y", dtype="float32", shape=("batch", 3))
    assert verify_artifact(relu(tmp_path), expected_outputs=[kept]).status is Status.UNVERIFIED


def test_an_onnx_source_is_its_own_reference(tmp_path):
    original = relu(tmp_path)
    renamed = write(tmp_path / "out.onnx", [H.make_node("Relu", ["x"], ["z"])], outputs=("z",))
    runner = onnx_source(original, [Binding(name="x", source="x")], [Binding(name="z", source="y")])
    result = verify_artifact(renamed, source=runner)
    assert result.status is Status.VERIFIED
    assert result.method.startswith("the source in ONNX Runtime")
    beyond = onnx_source(relu(tmp_path, ir=14), [Binding(name="x", source="x")], [Binding(name="z", source="y")])
    lowered = verify_artifact(renamed, source=beyond)
    assert lowered.status is Status.VERIFIED
    assert "(IR version 14 lowered)" in lowered.method
    inner = onnx_source(original, [Binding(name="x", source="x")], [Binding(name="z", source="hidden")])
    assert verify_artifact(renamed, source=inner).status is Status.UNVERIFIED
