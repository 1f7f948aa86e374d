import numpy as np
import onnx
import pytest

from modelwright.errors import CalibrationDataError, ConversionError
from modelwright.hub.spreads import add_spreads
from modelwright.quantize import session
from modelwright.quantize.session import ModelRuns, session_options


def test_tensors_and_spreads(residual, tools):
    model = tools.load(residual)
    feeds = next(iter(tools.images(1)))
    with ModelRuns(model) as runs:
        assert runs.inputs == ("x",)
        outputs, spreads = runs.runner(["logits", "r1"], spreads=["r1", "x"], most=10).run(feeds)
    assert np.allclose(outputs["logits"], tools.run(residual, feeds)[0], atol=1e-5)
    assert spreads.least.tolist() == [outputs["r1"].min(), feeds["x"].min()]
    assert spreads.largest.tolist() == [outputs["r1"].max(), feeds["x"].max()]
    assert [len(numbers) <= 10 * len(feeds["x"]) for numbers in spreads.numbers] == [True, True]


def test_data_that_do_not_fit(residual, tools):
    with ModelRuns(tools.load(residual)) as runs, pytest.raises(CalibrationDataError, match=r"x float32\[1, 3, 4\]"):
        runs.runner(["logits"]).run({"x": np.zeros((1, 3, 4), np.float32)})


def test_a_model_that_does_not_load(tmp_path, network, tools):
    n = network()
    n.add("Relu", ["x"], "y")
    model = tools.load(n.write(tmp_path / "m.onnx", {"x": [2]}, {"y": [2]}))
    next(iter(model.graph)).domain = "com.example"
    model.graph.opset_imports["com.example"] = 1
    with ModelRuns(model) as runs, pytest.raises(ConversionError, match="does not load the model"):
        runs.runner(["y"])


@pytest.mark.parametrize("alone", [True, False])
def test_batches_side_by_side_come_in_order(residual, tools, monkeypatch, alone):
    monkeypatch.setattr(session, "_cores", lambda: 3)
    batches = tools.images(7).batches
    taken = []
    with ModelRuns(tools.load(residual)) as runs:
        runner = runs.runner(["logits"], alone=alone)
        expected = [runner.run(batch)[0]["logits"] for batch in batches]
        for found, _ in runner.stream(taken.append(place) or batch for place, batch in enumerate(batches)):
            assert len(taken) <= 7 - len(expected) + 5, "only a few are taken ahead"
            np.testing.assert_array_equal(found["logits"], expected.pop(0))
    assert expected == []


def test_a_batch_that_does_not_fit_ends_the_stream(residual, tools):
    good = tools.images(3).batches
    bad = {"x": np.zeros((1, 3, 4), np.float32)}
    with ModelRuns(tools.load(residual)) as runs, pytest.raises(CalibrationDataError, match=r"x float32\[1, 3, 4\]"):
        list(runs.runner(["logits"]).stream([*good, bad, *good]))


def test_tensors_of_one_shape_give_numbers_of_the_same_places(residual, tools):
    feeds = next(iter(tools.images(1)))
    with ModelRuns(tools.load(residual)) as runs:
        assert runs.dtypes["r1"] == "float32"
        assert len(runs.shapes["r1"]) == 4
        outputs, spreads = runs.runner(["r1"], spreads=["r1"], most=10, steps={"r1": 5}).run(feeds)
    assert np.array_equal(spreads.numbers[0], outputs["r1"].reshape(-1)[::5])


@pytest.mark.parametrize("activation", ["Relu", "Sigmoid"])
def test_tensors_are_looked_at_when_they_are_made(network, tmp_path, activation, operators_run):
    """Otherwise all of them were held until the end of the model, and gone from the processor's caches."""
    n = network()
    names, last = [], "x"
    for place in range(5):
        last = n.add(activation, [n.conv(last, f"c{place}", (16 if place else 3, 16))], f"a{place}")
        names.append(last)
    model = onnx.load(n.write(tmp_path / "chain.onnx", {"x": ["n", 3, 40, 40]}, {last: ["n", 16, 40, 40]}))
    del model.graph.output[:]
    shapes = dict.fromkeys(names, (None, 16, 40, 40))
    add_spreads(model, ["x", *names], most=512, shapes=shapes)
    feeds = {"x": np.zeros((1, 3, 40, 40), np.float32)}
    ran = operators_run(model.SerializeToString(), feeds, session_options(1))
    assert [operator for operator in ran if operator in ("Conv", "Concat")] == ["Concat", *["Conv", "Concat"] * 5]
