from pathlib import Path

from modelwright.formats import Format
from modelwright.frontends.tensorflow.describe import describe

EXAMPLE = Path(__file__).parents[3] / "examples/digits/saved_model"
READER = Path(__file__).parents[2] / "fixtures/tensorflow/reader"


def test_a_saved_model():
    summary = describe(EXAMPLE, Format.TF_SAVED_MODEL)
    assert summary.parameters == 13578
    assert summary.details["tags"] == ["serve"]
    assert summary.details["shown_signature"] == "serving_default"
    assert list(summary.details["signatures"]) == ["serve", "serving_default"]
    assert "VarHandleOp" not in summary.operators


def test_a_graph_has_no_signatures():
    summary = describe(READER / "tf1_graph.pb", Format.TF_GRAPHDEF)
    assert summary.details == {}
    assert {spec.name for spec in summary.inputs} == {"training:0", "x:0"}
    assert summary.outputs[0].dtype == "float32"
