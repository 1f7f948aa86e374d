import pytest

from modelwright.targets.check import TrialSettings, check_target
from modelwright.targets.trial.nodes import Whole

TEXT = """g (float[2, 3] x) => (float[2, 3] y) <float[3] w = {1, 2, 3}> {
  [first] a = Relu(x)
  [second] b = Erf(a)
  [third] y = Add(b, w)
}"""


@pytest.fixture
def check(make_facts, make_profile):
    def ask(text=TEXT, *, settings=None, shapes=None, how=None, **profile):
        facts = make_facts(text, **(how or {}))
        chosen = {item.name: tuple(item.shape) for item in facts.inputs()} if shapes is None else shapes
        whole = Whole(file=None, shapes=chosen, guessed=shapes is not None)
        return check_target(facts, make_profile(**profile), whole=whole, settings=settings or TrialSettings())

    return ask


def test_by_table(check):
    report = check(decides="listed", operators={"Relu": {}, "Add": {}})
    assert [(node.name, node.passed, node.evidence) for node in report.nodes] == [
        ("first", True, "table"),
        ("second", False, "table"),
        ("third", True, "table"),
    ]
    assert "no engine" in report.evidence[0]
    assert report.data()["fail"] == 1


def test_by_trial_the_table_does_not_matter(check):
    report = check(engine="onnxruntime", package="onnxruntime", decides="listed", operators={"Relu": {}})
    assert report.passed
    assert {node.evidence for node in report.nodes} == {"trial"}
    assert "loaded and ran the whole model" in report.evidence[0]


def test_a_trial_that_is_not_wanted(check):
    report = check(
        settings=TrialSettings(enabled=False), engine="onnxruntime", decides="listed", operators={"Relu": {}}
    )
    assert not report.passed
    assert "without trial, as asked" in report.evidence[0]


def test_an_engine_that_is_not_installed(check):
    report = check(
        engine="tensorrt_rtx", package="tensorrt-rtx", decides="measured", operators={"Relu": {"passed": 1, "of": 1}}
    )
    assert "tensorrt_rtx is not installed here" in report.evidence[0]
    assert "pip install tensorrt-rtx" in report.evidence[0]
    assert [node.causes[0].code for node in report.nodes] == [0, 102, 102]


def test_rules_hold_beside_a_trial(check):
    report = check(engine="onnxruntime", rules={"dtypes": {"allowed": ["float16"]}, "opset-range": {"lowest": 18}})
    assert [node.causes[0].code for node in report.nodes] == [3, 3, 3]
    assert {node.evidence for node in report.nodes} == {"rule"}
    assert [cause.code for cause in report.causes] == [7]


def test_acceleration_is_told_beside_a_trial(check):
    report = check(engine="onnxruntime", package="onnxruntime", decides="accelerated", operators={"Add": {}})
    assert report.passed
    assert [node.causes[0].code for node in report.nodes] == [100, 100, 0]
    assert [node.evidence for node in report.nodes] == ["trial"] * 3


def test_nothing_to_say_is_said(check):
    report = check(settings=TrialSettings(enabled=False), engine="onnxruntime")
    assert {node.causes[0].message for node in report.nodes} == {"no rule speaks against it"}


def test_a_source_operator_that_could_not_be_imported(check):
    domain = "ai.onnx.converters.tensorflow"
    text = f"g (float[2] x) => (float[2] y) {{ [layer] y = {domain}.Igamma(x) }}"
    how = {"opset": f'"" : 17, "{domain}" : 1', "source": "tensorflow"}
    report = check(text, how=how, decides="listed", operators={"Relu": {}})
    (node,) = report.nodes
    assert (node.type, node.causes[0].code) == ("Igamma", 15)


def test_verdicts_are_in_network_order(check):
    text = (
        "g (float[2] x) => (float[2] y) {"
        + "\n".join(f"[n{i}] v{i} = Neg(v{i - 1})" for i in range(1, 40))
        + "\n[n40] y = Neg(v39) }"
    )
    report = check(text.replace("v0", "x"), decides="listed", operators={"Neg": {}})
    assert [node.name for node in report.nodes] == [f"n{i}" for i in range(1, 41)]


def test_what_is_not_valid_onnx_fails_whatever_the_table_says(check):
    text = "g (float[2] x) => (float[2] y) { [odd] a = Relu<alpha=1.0>(x)\n [fine] y = Relu(a) }"
    report = check(text, decides="listed", operators={"Relu": {}})
    assert [(node.name, node.passed) for node in report.nodes] == [("odd", False), ("fine", True)]
    assert report.nodes[0].evidence == "rule"
