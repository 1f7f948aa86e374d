import sys
from pathlib import Path

import onnx
import onnx.parser
import pytest

from modelwright.targets.trial.batch import Batch
from modelwright.targets.trial.engines import engine_named
from modelwright.targets.trial.nodes import Whole, try_model

BAD = """<ir_version: 8, opset_import: ["" : 17, "own" : 1]>
g (float[2, 3] x) => (float[2, 3] y, double[2, 3] z) {
  a = Relu(x)
  b = Relu(a)
  c = own.Thing(b)
  y = Relu(c)
  d = Cast<to=11>(x)
  z = Softsign(d)
}"""


@pytest.fixture
def attempt(make_facts, tmp_path):
    def run(text, shapes=None, file=None, converted=None):
        facts = make_facts(text)
        chosen = {item.name: tuple(item.shape) for item in facts.inputs()} if shapes is None else shapes
        batch = Batch(
            engine=engine_named("onnxruntime"), python=Path(sys.executable), folder=tmp_path, timeout=60, memory=8 << 30
        )
        made = None if converted is None else lambda: make_facts(converted).model
        return try_model(facts, Whole(file=file, shapes=chosen, guessed=False, converted=made), batch)

    return run


def test_a_model_that_runs_is_tried_once(attempt):
    trial = attempt("g (float[2, 3] x) => (float[2, 3] y) { a = Relu(x)\n y = Neg(a) }")
    assert trial.whole.accepted
    assert trial.whole.stage == "run"
    assert not trial.nodes
    assert trial.label.startswith("ONNX Runtime")


def test_a_model_that_takes_sequences_is_only_loaded(attempt):
    text = "g (seq(float[2]) s, int64 at) => (float[2] y) { y = SequenceAt(s, at) }"
    trial = attempt(text, shapes={"s": (2,), "at": ()})
    assert trial.whole.accepted
    assert trial.whole.stage == "load"


def test_each_node_of_one_that_does_not(attempt):
    trial = attempt(BAD)
    assert not trial.whole.accepted
    assert [trial.nodes[index].outcome.accepted for index in range(6)] == [True, True, False, True, True, False]
    assert trial.tried == 5, "the first two Relu are one; the shape of the third is not known"
    assert trial.nodes[3].assumed == "c is float32"
    assert not trial.nodes[0].assumed


def test_an_opset_that_is_too_new_is_not_tried_node_by_node(attempt):
    trial = attempt('<ir_version: 8, opset_import: ["" : 99]> g (float[2] x) => (float[2] y) { y = Relu(x) }')
    assert trial.nodes[0].outcome is None
    assert "opset 99" in trial.nodes[0].reason


def test_an_ir_version_that_is_too_new_says_nothing_of_the_nodes(attempt, tmp_path):
    text = '<ir_version: 99, opset_import: ["" : 17]> g (float[2] x) => (float[2] y) { y = Relu(x) }'
    file = tmp_path / "newest.onnx"
    onnx.save(onnx.parser.parse_model(text), file)
    trial = attempt(text, file=file)
    assert not trial.whole.accepted
    assert trial.nodes[0].outcome.accepted


def test_a_file_given_is_the_one_that_is_tried(attempt, small):
    trial = attempt(BAD, shapes={}, file=small)
    assert trial.whole.accepted
    assert trial.whole.stage == "load", "not all inputs have a size"


def test_what_a_conversion_makes_of_a_model_counts_where_the_model_is_refused(attempt):
    good = "g (float[2, 3] x) => (float[2, 3] y, double[2, 3] z) { y = Relu(x)\n z = Cast<to=11>(x) }"
    trial = attempt(BAD, converted=good)
    assert trial.converted
    assert trial.whole.accepted
    assert not attempt(BAD, converted=BAD).converted
    assert not attempt(good, converted=BAD).converted
