import pytest

from modelwright.targets.trial.batch import CRASH, Outcome
from modelwright.targets.trial.nodes import ModelTrial, NodeTrial, Whole
from modelwright.targets.trial.verdict import node_causes, whole_causes

TEXT = "g (float[2] x) => (float[2] y) { a = Abs(x)\n y = Relu(a) }"
WHOLE = Whole(file=None, shapes={"x": (2,)}, guessed=False)


def outcome(message="", *, accepted=False, stage="load", kind="Fail", node=""):
    return Outcome(accepted=accepted, stage=stage, kind=kind, message=message, node=node)


@pytest.fixture
def of_node(make_facts, make_profile):
    def ask(found, text=TEXT):
        facts = make_facts(text)
        trial = ModelTrial(label="Engine 1", whole=outcome("no"), nodes={1: found})
        (cause,) = node_causes(trial, facts, facts.nodes[1], make_profile(engine="onnxruntime"), 1)
        assert cause.evidence == "trial"
        return cause

    return ask


def test_with_the_whole_model(make_facts, make_profile):
    facts = make_facts(TEXT)
    trial = ModelTrial(label="Engine 1", whole=outcome(accepted=True, stage="run"))
    (cause,) = node_causes(trial, facts, facts.nodes[0], make_profile(engine="onnxruntime"), 0)
    assert cause.code == 0
    assert "Engine 1" in cause.message


def test_accepted_by_itself(of_node):
    assert of_node(NodeTrial(outcome=outcome(accepted=True, stage="run"))).code == 0
    assert of_node(NodeTrial(outcome=outcome(accepted=True), assumed="a is float32")).code == 104


def test_refused(of_node):
    cause = of_node(NodeTrial(outcome=outcome("Fatal error: own:Thing(-1) is not a registered function/op")))
    assert cause.code == 1
    assert "--outputs a`" in cause.remedy


def test_a_kernel_that_misses_for_common_dtypes_misses_altogether(of_node):
    message = "Could not find an implementation for Relu(1) node with name ''"
    assert of_node(NodeTrial(outcome=outcome(message))).code == 1
    doubled = TEXT.replace("float", "double")
    assert of_node(NodeTrial(outcome=outcome(message)), doubled).code == 3
    assert of_node(NodeTrial(outcome=outcome(message), assumed="a is float64"), doubled).code == 104


def test_a_failed_run(of_node):
    ran = outcome("index out of bounds", stage="run")
    assert of_node(NodeTrial(outcome=ran)).code == 2
    assert of_node(NodeTrial(outcome=ran, certain=False)).code == 104


def test_a_crash(of_node):
    cause = of_node(NodeTrial(outcome=outcome("was ended by signal SIGSEGV", kind=CRASH), certain=False))
    assert cause.code == 12
    assert cause.remedy


def test_not_tried(of_node):
    cause = of_node(NodeTrial(outcome=None, reason="its input is a riddle"))
    assert (cause.code, "riddle" in cause.message) == (101, True)


@pytest.fixture
def of_model(make_facts):
    def ask(whole, nodes=(), how=WHOLE, text=TEXT):
        trial = ModelTrial(label="Engine 1", whole=whole, nodes=dict(enumerate(nodes)))
        return [(int(cause.code), cause) for cause in whole_causes(trial, make_facts(text), how)]

    return ask


def test_what_a_node_explains_is_not_said_twice(of_model):
    assert of_model(outcome("no"), [NodeTrial(outcome=outcome("no"))]) == []
    ran = NodeTrial(outcome=outcome("odd scales", stage="run"), certain=False)
    assert of_model(outcome("odd scales", stage="run"), [ran]) == [], "the node's warning says it"
    assert of_model(outcome(accepted=True)) == []
    assert of_model(None) == []


def test_refused_although_each_node_is_taken(of_model):
    ((code, cause),) = of_model(outcome("odd", node="n"), [NodeTrial(outcome=outcome(accepted=True))])
    assert code == 14
    assert "at node n" in cause.message


def test_the_opset(of_model):
    message = "Opset 27 is under development and support for this is limited. It is till opset 26."
    ((code, cause),) = of_model(outcome(message))
    assert code == 7
    assert "--opset 26" in cause.remedy


def test_sizes_that_were_made_up(of_model):
    guessed = Whole(file=None, shapes={"x": (2, 65)}, guessed=True)
    ((code, cause),) = of_model(outcome("too small", stage="run"), how=guessed)
    assert code == 104
    assert "x[2, 65]" in cause.message
    assert "static" in cause.remedy
    assert of_model(outcome("too small", stage="run"))[0][0] == 14


def test_inputs_that_hold_sizes(of_model):
    refused = outcome("input 'n' holds sizes, which must be constants", kind="sizes")
    ((code, cause),) = of_model(refused)
    assert code == 2
    assert "'n' holds sizes" in cause.message
    assert "fixed" in cause.remedy


def test_inputs_that_hold_sizes_count_before_nodes_that_fail_on_made_up_values(of_model):
    refused = outcome("input 'n' holds sizes, which must be constants", kind="sizes")
    failed = NodeTrial(outcome=outcome("reshape changes volume", stage="run"), certain=False)
    ((code, cause),) = of_model(refused, (failed,))
    assert (code, "'n' holds sizes" in cause.message) == (2, True)


def test_a_crash_of_the_whole_model(of_model):
    assert of_model(outcome("was ended by signal SIGSEGV", kind=CRASH))[0][0] == 12


def test_a_model_that_is_taken_as_a_conversion_writes_it(make_facts):
    trial = ModelTrial(label="Engine 1", whole=outcome(accepted=True), converted=True)
    (cause,) = whole_causes(trial, make_facts(TEXT), WHOLE, target="chip")
    assert cause.code == 105
    assert "--target chip" in cause.remedy
