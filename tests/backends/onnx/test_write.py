import numpy as np
import onnx
import onnx_ir as ir
import pytest

from modelwright.backends.manifests import backend_named
from modelwright.errors import ArtifactInvalid


def model(op_type="MatMul"):
    x = ir.Value(name="x", type=ir.TensorType(ir.DataType.FLOAT), shape=ir.Shape(["N", 64]))
    w = ir.Value(
        name="w",
        type=ir.TensorType(ir.DataType.FLOAT),
        shape=ir.Shape([64, 32]),
        const_value=ir.tensor(np.ones((64, 32), np.float32), name="w"),
    )
    node = ir.node(op_type, [x, w], name="dense", outputs=[ir.Value(name="y")])
    graph = ir.Graph([x], node.outputs, nodes=[node], initializers=[w], name="g", opset_imports={"": 17})
    return ir.Model(graph, ir_version=8)


def test_it_checks_completes_and_writes(tmp_path):
    written = backend_named("onnx").write(model(), tmp_path / "m.onnx")
    assert written.files == (tmp_path / "m.onnx",)
    assert written.checks
    output = onnx.load(tmp_path / "m.onnx").graph.output[0].type.tensor_type
    assert [dim.dim_param or dim.dim_value for dim in output.shape.dim] == ["N", 32]


def test_options_reach_the_writer(tmp_path):
    written = backend_named("onnx").write(model(), tmp_path / "m.onnx", {"external_data": True})
    assert [path.name for path in written.files] == ["m.onnx", "m.onnx.data"]


def test_an_invalid_model_is_not_written(tmp_path):
    with pytest.raises(ArtifactInvalid) as caught:
        backend_named("onnx").write(model("NoSuchOperator"), tmp_path / "m.onnx")
    assert caught.value.node == "dense"
    assert not list(tmp_path.iterdir())
