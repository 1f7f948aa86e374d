"""Going on where something cannot be converted."""

from pathlib import Path

import onnx_ir as ir
import pytest

from modelwright.diagnostics import Level, Status
from modelwright.errors import ConversionError, UnsupportedError
from modelwright.frontends.tensorflow.messages import DATA_TYPES, make_node, message_class
from modelwright.frontends.tensorflow.passed_on import PassedOn
from modelwright.pipeline.api import convert

GRAPH = Path(__file__).parents[2] / "fixtures/tensorflow/models/unsupported/frozen.pb"
DOMAIN = "ai.onnx.converters.tensorflow"


def test_every_unsupported_type_is_passed_on_and_named(tmp_path):
    report = convert(GRAPH, tmp_path / "m.onnx", continue_on_error=True)
    assert report.status is Status.UNVERIFIED
    assert f"{DOMAIN}:" in report.verification.reason
    warnings = [item.message for item in report.diagnostics if item.level is Level.WARNING]
    assert [text.split()[0] for text in warnings] == ["Igamma", "Lgamma", "StringToHashBucketFast", "Substr"]
    custom = [node for node in ir.load(tmp_path / "m.onnx").graph if node.domain == DOMAIN]
    assert sorted(node.op_type for node in custom) == ["Igamma", "Lgamma", "StringToHashBucketFast", "Substr"]


def _graph(path, *, texts=False):
    graph = message_class("GraphDef")()
    x = graph.node.add(name="x", op="Placeholder")
    x.attr["dtype"].type = DATA_TYPES["DT_FLOAT"]
    x.attr["shape"].shape.dim.add(size=3)
    relu = make_node("r", "Relu", "x", T=DATA_TYPES["DT_FLOAT"])
    relu.attr["surprise"].list.i.extend([1, 2])
    if texts:
        relu.attr["texts"].tensor.dtype = DATA_TYPES["DT_STRING"]
    graph.node.add().CopyFrom(relu)
    graph.node.add().CopyFrom(make_node("y", "Neg", "r", T=DATA_TYPES["DT_FLOAT"]))
    path.write_bytes(graph.SerializeToString())
    return path


def test_nodes_that_fail_are_passed_on_with_their_attributes(tmp_path):
    source = _graph(tmp_path / "g.pb")
    with pytest.raises(ConversionError, match="surprise"):
        convert(source, tmp_path / "m.onnx")
    report = convert(source, tmp_path / "m.onnx", continue_on_error=True)
    (warning,) = [item.message for item in report.diagnostics if item.level is Level.WARNING]
    assert "surprise" in warning
    assert f"{DOMAIN}::Relu" in warning
    relu, neg = ir.load(tmp_path / "m.onnx").graph
    assert (relu.domain, relu.attributes["surprise"].as_ints()) == (DOMAIN, (1, 2))
    assert neg.op_type == "Neg"


def test_the_same_types_convert_elsewhere():
    passed = PassedOn(domain="d")
    passed.add_unsupported("A", "a1")
    passed.add_unsupported("A", "a2")
    passed.add_failed("B", "b", ConversionError("B 'b': no"))
    texts = [item.message for item in passed.warnings()]
    assert texts == [
        "A is not supported and became d::A: a1, a2",
        "B 'b': no; it became the custom operator d::B",
    ]


def test_what_cannot_be_carried_is_still_an_error(tmp_path):
    with pytest.raises((ConversionError, UnsupportedError)):
        convert(_graph(tmp_path / "g.pb", texts=True), tmp_path / "m.onnx", continue_on_error=True)
