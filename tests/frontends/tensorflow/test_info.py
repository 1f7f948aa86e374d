from pathlib import Path

from modelwright.frontends.tensorflow.info import describe

FIXTURES = Path(__file__).parents[2] / "fixtures" / "tensorflow" / "reader"


def test_saved_model():
    summary = describe(FIXTURES / "keras_export")
    assert summary.kind == "saved_model"
    assert summary.tags == (("serve",),)
    assert [item.name for item in summary.signatures] == ["serve", "serving_default"]
    assert summary.signatures[1].inputs[0].shape == (None, 8, 8, 3)
    assert (summary.operators["Conv2D"], summary.operators["Softmax"]) == (1, 1)
    assert (summary.variables, summary.parameters) == (8, 3 * 3 * 3 * 5 + 5 + 4 * 5 + 5 * 4 + 4)
    assert summary.size == 4 * summary.parameters
    assert summary.producer[0].isdigit()


def test_tags_and_checkpoint():
    assert describe(FIXTURES / "tf1_ref").tags == (("serve",), ("gpu", "train"))
    summary = describe(FIXTURES / "tf1_checkpoint")
    assert (summary.variables, summary.parameters) == (2, 3 * 40 + 40 * 2)
    assert summary.operators["MatMul"] == 2


def test_frozen_graph():
    summary = describe(FIXTURES / "tf1_graph.pb")
    assert summary.signatures[0].outputs[0].name == "result:0"
    assert summary.parameters >= 20
