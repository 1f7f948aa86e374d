import pytest

from modelwright.backends.tensorrt.build import Refusal, TensorRt, check_options
from modelwright.backends.tensorrt.profile import Profile
from modelwright.backends.tensorrt.settings import make_settings
from modelwright.errors import UsageError

NOTHING = Profile(smallest={}, usual={}, largest={})


def refusal(text, node=""):
    return Refusal(code="c", node=node, operator="", text=text)


def test_reasons_without_the_compilers_own_words():
    assert refusal("Assertion failed: a && b(x): Only 2D is supported").reason == "Only 2D is supported"
    assert refusal("NonZero plugin creator version 1 was not found").reason.endswith("no plugin for it")
    assert refusal("x_0 has no runners that implement it").reason == "it has no kernel for this operator"
    assert refusal("IBuilder::build: out\n of  memory").reason == "out of memory"


def test_the_builder_names_a_layer_by_a_name_of_its_own():
    nodes = {"nms": "NonMaxSuppression", "a_1": "Relu"}
    placed = refusal("... nms_0 has no runners that implement it").placed(nodes)
    assert (placed.node, placed.operator) == ("nms", "NonMaxSuppression")
    assert refusal("a_1 has no runners that implement it").placed(nodes).node == "a_1"
    assert refusal("q_1 has no runners that implement it").placed(nodes).node == ""
    assert refusal("nms_0 has no runners that implement it", node="k").placed(nodes).node == "k"


def test_parse_and_build(write_onnx, tmp_path, trt_python):
    path = write_onnx('<ir_version: 8, opset_import: ["" : 17]> g (float[2] x) => (float[2] y) { y = Relu (x) }')
    tool = TensorRt(make_settings({"compute_capability": ["7.5"], "strict_nans": True}), trt_python)
    assert (tool.parse(path).product, tool.parse(path).refusals) == ("rtx", ())
    answer = tool.build(path, tmp_path / "m.engine", NOTHING)
    assert (answer.framework, answer.refusals) == ("TensorRT-RTX 9.8.7.6", ())
    assert b"STRICT_NANS" in (tmp_path / "m.engine").read_bytes()
    assert TensorRt(make_settings({"tensorrt": "full"}), None).parse(path) is None


def test_options_are_held_against_the_product_that_is_there(trt_python):
    assert TensorRt(make_settings({}), trt_python).installed().framework == "TensorRT-RTX 9.8.7.6"
    check_options({"compute_capability": ["8.6"]}, trt_python)
    check_options({"tensorrt": "full"}, None)
    with pytest.raises(UsageError, match="which GPUs to build for"):
        check_options({}, trt_python)
    with pytest.raises(UsageError, match="there is no such choice"):
        check_options({"precision": "fp12"}, None)
