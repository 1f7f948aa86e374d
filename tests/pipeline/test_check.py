import time
from pathlib import Path

import numpy as np
import onnx
import onnx.helper
import onnx.parser
import pytest

import modelwright as mw

EXAMPLE = Path(__file__).parents[2] / "examples/digits/saved_model"
MODELS = Path(__file__).parents[1] / "fixtures/tensorflow/models"
LITE = Path(__file__).parents[1] / "fixtures/tflite"


def test_a_model_that_passes(small):
    report = mw.check(small, target="onnxruntime")
    assert isinstance(report, mw.CheckReport)
    assert report.passed
    assert [node.type for node in report.targets[0].nodes] == ["Relu", "Mul", "Add", "Neg"]
    assert {node.evidence for node in report.targets[0].nodes} == {"trial"}


def test_several_targets(small):
    report = mw.check(small, ["ascend", "onnxruntime"])
    assert [item.target for item in report.targets] == ["ascend", "onnxruntime"]
    assert [item.passed for item in report.targets] == [False, True]
    assert mw.check(small, "ascend,onnxruntime").data()[0]["cause"][0]["code"] == 6


def test_options_of_the_conversion(small):
    report = mw.check(small, "ascend", options={"free_dim_param": {"N": 1}})
    assert report.passed
    with pytest.raises(mw.UserError, match="free_dim_parm"):
        mw.check(small, "ascend", options={"free_dim_parm": {"N": 1}})


def test_a_cut_model_is_tried_as_it_is_cut(write_onnx):
    text = """<ir_version: 8, opset_import: ["" : 17, "own" : 1]>
g (float[2] x) => (float[2] y) { a = Relu(x)
 y = own.Thing(a) }"""
    path = write_onnx(text)
    assert not mw.check(path, "onnxruntime").passed
    assert mw.check(path, "onnxruntime", options={"outputs": "a"}).passed


def test_another_format_is_imported_and_optimized():
    report = mw.check(EXAMPLE, "onnxruntime,tflite")
    assert report.passed
    assert report.format == "TensorFlow SavedModel"
    assert len(report.targets[0].nodes) < 60
    assert any("pool_1" in node.name for node in report.targets[0].nodes), "layers have the source's names"


def test_operators_that_cannot_be_imported_are_listed_with_the_others():
    (report,) = mw.check(MODELS / "unsupported/frozen.pb", "onnxruntime").targets
    refused = {node.type: node for node in report.nodes if not node.passed}
    assert set(refused) >= {"Igamma", "Lgamma", "Substr", "StringToHashBucketFast"}
    assert {node.causes[0].code for node in refused.values()} == {15}
    assert any(node.passed for node in report.nodes)


def test_functions_of_the_model_are_looked_into(write_onnx):
    text = """<ir_version: 9, opset_import: ["" : 17, "own" : 1]>
g (float[2] x) => (float[2] y) { y = own.Twice(x) }
<domain: "own", opset_import: ["" : 17]>
Twice (a) => (b) { c = Erf(a)
 b = Add(c, c) }"""
    path = write_onnx(text)
    assert mw.check(path, "onnxruntime").passed
    (report,) = mw.check(path, "mindir").targets
    assert [node.type for node in report.nodes] == ["Erf", "Add"]


def test_what_is_wrong_with_the_request(small, tmp_path):
    with pytest.raises(mw.UnknownNameError, match="ascnd"):
        mw.check(small, "ascnd")
    with pytest.raises(mw.ModelNotFoundError):
        mw.check(tmp_path / "none.onnx", "ascend")
    with pytest.raises(mw.UsageError):
        mw.check(small, [])
    (tmp_path / "m.onnx").write_bytes(b"\x08\x07nonsense")
    with pytest.raises(mw.ModelFormatError):
        mw.check(tmp_path / "m.onnx", "ascend")


def test_an_interpreter_that_is_not_there(small, tmp_path):
    with pytest.raises(mw.ToolMissingError):
        mw.check(small, "tensorrt", python=tmp_path / "no" / "python")


def test_a_profile_of_ones_own(small, tmp_path):
    path = tmp_path / "npu.toml"
    path.write_text('label = "NPU"\norigin = "us"\ndecides = "listed"\n[operators]\nRelu = {}\nMul = {}\nAdd = {}\n')
    (report,) = mw.check(small, path.as_posix()).targets
    assert [node.passed for node in report.nodes] == [True, True, True, False]
    assert report.label == "NPU"


def test_the_same_verdict_every_time(small):
    first, second = (mw.check(small, "ascend,onnxruntime,tflite").data() for _ in range(2))
    assert first == second


def chain(count, path, *, distinct):
    """A model of ``count`` nodes; every other one is an operator that nobody has."""
    nodes, last = [], "x"
    for index in range(count):
        kind = {"alpha": 0.01 + index / count} if distinct else {"alpha": 0.5}
        nodes.append(onnx.helper.make_node("LeakyRelu", [last], [f"t{index}"], name=f"n{index}", **kind))
        last = f"t{index}"
    nodes.append(onnx.helper.make_node("Thing", [last], ["y"], name="odd", domain="own"))
    value = [onnx.helper.make_tensor_value_info(name, 1, [1, 4]) for name in ("x", "y")]
    graph = onnx.helper.make_graph(nodes, "g", value[:1], value[1:])
    imports = [onnx.helper.make_opsetid("", 17), onnx.helper.make_opsetid("own", 1)]
    onnx.save(onnx.helper.make_model(graph, ir_version=8, opset_imports=imports), path)


def test_five_thousand_nodes(tmp_path):
    path = tmp_path / "long.onnx"
    chain(5000, path, distinct=False)
    started = time.process_time()
    report = mw.check(path, "onnxruntime,ascend")
    assert time.process_time() - started < 20
    tried, listed = report.targets
    assert "2 different nodes of 5001" in tried.evidence[0]
    assert [node.name for node in tried.failed_nodes] == ["odd"]
    assert [node.name for node in listed.failed_nodes] == ["odd"]
    assert len(tried.nodes) == 5001


def test_large_weights_are_not_read(tmp_path):
    """Weights outside the file that are only there by name and length: a sparse file of 3 GB."""
    size = 3 << 30
    weight = onnx.TensorProto(name="w", data_type=1, dims=[size // 4096, 1024], data_location=1)
    for key, text in (("location", "w.bin"), ("offset", "0"), ("length", str(size))):
        weight.external_data.add(key=key, value=text)
    with (tmp_path / "w.bin").open("wb") as file:
        file.truncate(size)
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMul", ["x", "w"], ["h"]), onnx.helper.make_node("Relu", ["h"], ["y"])],
        "g",
        [onnx.helper.make_tensor_value_info("x", 1, [1, size // 4096])],
        [onnx.helper.make_tensor_value_info("y", 1, [1, 1024])],
        [weight],
    )
    path = tmp_path / "m.onnx"
    onnx.save(onnx.helper.make_model(graph, ir_version=8, opset_imports=[onnx.helper.make_opsetid("", 17)]), path)
    started = time.process_time()
    assert mw.check(path, "ascend,mindir,tflite").passed
    assert time.process_time() - started < 5


def test_random_numbers_are_not_needed_to_be_valid_indices(write_onnx):
    text = """<ir_version: 8, opset_import: ["" : 17]>
g (int64[3] i, float[1, 4] t) => (float[3, 4] y) { y = Gather(t, i) }"""
    (report,) = mw.check(write_onnx(text), "onnxruntime").targets
    assert report.passed
    assert np.all([node.passed for node in report.nodes])


def test_what_the_writer_refuses_decides(small, tmp_path):
    assert mw.check(small, "tflite").passed
    text = """<ir_version: 8, opset_import: ["" : 17]>
    g (float[2, 2] x) => (float[2, 2] y) { [one] a = Det (x) [two] y = Add (x, a) }"""
    onnx.save(onnx.parser.parse_model(text), tmp_path / "det.onnx")
    report = mw.check(tmp_path / "det.onnx", "tflite").targets[0]
    assert [(node.name, node.passed) for node in report.nodes] == [("one", False), ("two", True)]
    with pytest.raises(mw.UnsupportedError, match="Det 'one'"):
        mw.convert(tmp_path / "det.onnx", tmp_path / "det.tflite")


def test_what_the_writer_of_mindir_refuses_decides(write_onnx, tmp_path):
    text = """<ir_version: 8, opset_import: ["" : 18]>
    g (float[1, 2, 4, 4] x, float[1, 4] r, int64[1] b) => (float[1, 2, 1, 1] y)
    { [first] h = Erf (x) [roi] i = RoiAlign (h, r, b) [last] y = Relu (i) }"""
    path = write_onnx(text)
    (report,) = mw.check(path, "mindir").targets
    assert [(node.name, node.passed) for node in report.nodes] == [("first", True), ("roi", False), ("last", True)]
    cause = report.nodes[1].causes[0]
    assert (cause.code, cause.message) == (1, "MindSpore has no such operator")
    with pytest.raises(mw.UnsupportedError, match="RoiAlign 'roi': MindSpore has no such operator"):
        mw.convert(path, tmp_path / "m.mindir")


def test_the_writer_of_mindir_refuses_a_model_as_a_whole(write_onnx, tmp_path):
    text = """<ir_version: 10, opset_import: ["" : 19]>
    g (float8e4m3fn[2] x) => (float[2] y) { y = Cast <to = 1> (x) }"""
    path = write_onnx(text)
    (report,) = mw.check(path, "mindir").targets
    assert [cause.message for cause in report.causes] == ["MindIR has no dtype float8e4m3fn ('x')"]
    with pytest.raises(mw.UserError, match="MindIR has no dtype float8"):
        mw.convert(path, tmp_path / "m.mindir")


def test_an_onnx_model_is_brought_to_the_opset_first(write_onnx):
    path = write_onnx("""<ir_version: 10, opset_import: ["" : 20]>
g (float[2, 3] x) => (float[2, 3] y) { [act] y = Gelu (x) }""")
    assert not mw.check(path, "ascend").passed
    report = mw.check(path, "ascend", opset=17).targets[0]
    assert report.passed
    assert "Gelu" not in {node.type for node in report.nodes}


def test_a_model_that_an_opset_cannot_say(write_onnx):
    path = write_onnx("""<ir_version: 10, opset_import: ["" : 20]>
g (string[4] t) => (bool[4] y) { [match] y = RegexFullMatch <pattern = "a+"> (t) }""")
    report = mw.check(path, "ascend", opset=11).targets[0]
    assert {(node.type, node.causes[0].code) for node in report.nodes} == {("RegexFullMatch", 7)}
    assert report.evidence == ("the model cannot be brought to opset 11: only why is listed",)


def test_an_opset_that_there_is_not(small):
    with pytest.raises(mw.UserError, match="99"):
        mw.check(small, "ascend", opset=99)
