from modelwright.diagnostics import Refusal
from modelwright.targets.causes import Code
from modelwright.targets.check import TrialSettings, check_target
from modelwright.targets.conversion import conversion_of, marked_copy
from modelwright.targets.trial.nodes import Whole

TEXT = """g (float[2, 2] x) => (float[2, 2] y) {
  [first] a = Relu(x)
  [second] b = Det(a)
  [third] y = Add(x, b)
}"""


def _refused(node: str, reason: str = "it has no built-in operators for it", hint: str = "") -> Refusal:
    return Refusal(op_type="Det", node=node, reason=reason, hint=hint)


def test_copies_are_marked_and_the_model_is_not(make_facts):
    facts = make_facts(TEXT)
    marks = [node.meta["source"] for node in marked_copy(facts.model).graph]
    assert marks == ["#0#", "#1#", "#2#"]
    assert not any("source" in node.meta for node in facts.model.graph)


def test_refusals_find_their_nodes_and_decide(make_facts, make_profile):
    facts = make_facts(TEXT)
    found = conversion_of([_refused("#1#", hint="leave it out"), _refused("", "outputs are empty")])
    report = check_target(
        facts,
        make_profile(rules={}),
        whole=Whole(file=None, shapes={}, guessed=False),
        settings=TrialSettings(),
        conversion=found,
    )
    assert [(node.name, node.passed) for node in report.nodes] == [("first", True), ("second", False), ("third", True)]
    cause = report.nodes[1].causes[0]
    assert (cause.code, cause.remedy) == (Code.TYPE_UNSUPPORTED, "leave it out")
    assert report.causes[0].message == "outputs are empty"
    assert report.evidence == ("by conversion: modelwright's own writer of the chip refuses 1 of 3 nodes",)


def test_a_mark_inside_a_reason_counts():
    found = conversion_of([_refused("", "Scan '#4#': how opset 9 changed it is not known here")])
    assert list(found.by_node) == [4]
