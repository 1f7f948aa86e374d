import resource
import subprocess
import sys

import numpy as np
import onnx
import onnx.helper
import onnx.numpy_helper
import pytest

from modelwright.errors import ModelFormatError
from modelwright.formats import TensorSpec
from modelwright.hub import io
from modelwright.hub.summary import summarize


def model() -> onnx.ModelProto:
    h = onnx.helper
    x = h.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["N", 3, None])
    x.type.tensor_type.shape.dim[0].denotation = "DATA_BATCH"
    branch = h.make_graph([h.make_node("Relu", ["x"], ["r"])], "b", [], [h.make_tensor_value_info("r", 1, None)])
    graph = h.make_graph(
        [
            h.make_node("If", ["c"], ["t"], then_branch=branch, else_branch=branch),
            h.make_node("Relu", ["t"], ["u"]),
            h.make_node("Twice", ["u"], ["y"], domain="my"),
        ],
        "main",
        [x, h.make_tensor_value_info("c", onnx.TensorProto.BOOL, []), h.make_tensor_value_info("w", 1, [2000])],
        [h.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)],
        [
            onnx.numpy_helper.from_array(np.zeros(2000, np.float32), "w"),
            h.make_tensor("q", onnx.TensorProto.INT4, [3], [1, 2, 3]),
            h.make_tensor("f", onnx.TensorProto.FLOAT8E4M3FN, [5], [1.0] * 5),
        ],
    )
    opsets = [h.make_opsetid("", 21), h.make_opsetid("my", 1)]
    function = h.make_function("my", "Twice", ["a"], ["c"], [h.make_node("Add", ["a", "a"], ["c"])], opsets[:1])
    made = h.make_model(graph, opset_imports=opsets, functions=[function], ir_version=10, producer_name="me")
    made.metadata_props.add(key="k", value="v")
    return made


def test_everything_is_told(tmp_path):
    path = tmp_path / "m.onnx"
    onnx.save(model(), path)
    summary = summarize(path)
    assert summary.inputs == (
        TensorSpec(name="x", dtype="float32", shape=("N", 3, None), denotations=("DATA_BATCH", "", "")),
        TensorSpec(name="c", dtype="bool", shape=()),
    )
    assert summary.outputs == (TensorSpec(name="y", dtype="float32", shape=None),)
    assert list(summary.operators.items()) == [("Relu", 3), ("Add", 1), ("If", 1), ("my:Twice", 1)]
    assert (summary.parameters, summary.weight_bytes) == (2008, 8000 + 2 + 5)
    assert summary.file_bytes == path.stat().st_size
    assert summary.opsets == {"ai.onnx": 21, "my": 1}
    assert summary.details == {
        "graph": "main",
        "ir_version": 10,
        "producer": "me",
        "functions": ["my:Twice"],
        "metadata": {"k": "v"},
    }


def test_external_data_counts(tmp_path):
    onnx.save(model(), tmp_path / "m.onnx")
    files = io.save(io.load(tmp_path / "m.onnx"), tmp_path / "out.onnx", external_data=True)
    summary = summarize(files[0])
    assert summary.file_bytes == sum(file.stat().st_size for file in files)
    assert summary.weight_bytes == 8007
    assert summary.details["external_data"] == ["out.onnx.data"]


@pytest.mark.parametrize("kind", ["sequence", "optional", "map"])
def test_other_types_have_a_name(tmp_path, kind):
    made = model()
    proto = made.graph.output[0].type
    if kind == "map":
        proto.map_type.key_type = onnx.TensorProto.INT64
        proto.map_type.value_type.tensor_type.elem_type = 1
    else:
        getattr(proto, f"{kind}_type").elem_type.tensor_type.elem_type = 1
    onnx.save(made, tmp_path / "m.onnx")
    expected = {"sequence": "seq(float32)", "optional": "optional(float32)", "map": "map(int64, float32)"}
    assert summarize(tmp_path / "m.onnx").outputs[0].dtype == expected[kind]


def test_no_model(tmp_path):
    (tmp_path / "m.onnx").write_text("nonsense")
    with pytest.raises(ModelFormatError, match="a text file"):
        summarize(tmp_path / "m.onnx")


SCRIPT = """
import sys
from modelwright.hub.summary import summarize
summarize(sys.argv[1])
assert "onnx_ir" not in sys.modules
"""


def test_it_is_fast_and_needs_no_graph_library(tmp_path):
    onnx.save(model(), tmp_path / "m.onnx")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", SCRIPT, tmp_path / "m.onnx"], check=True, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0
