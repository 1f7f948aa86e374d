from pathlib import Path

from modelwright.errors import ConversionError, UnsupportedError
from modelwright.targets.source_problems import problems_report, source_problem

DOMAIN = "ai.onnx.converters.tensorflow"
TEXT = f"g (float[2] x) => (float[2] y) {{ [layer] y = {DOMAIN}.Igamma(x) }}"
OPSET = f'"" : 17, "{DOMAIN}" : 1'


def test_what_a_frontend_passed_on(make_facts):
    facts = make_facts(TEXT, opset=OPSET, source="tensorflow")
    cause = source_problem(facts, facts.nodes[0])
    assert cause.code == 15
    assert "Igamma of tensorflow" in cause.message
    assert "--custom-ops Igamma:" in cause.remedy


def test_the_reason_that_the_frontend_gave(make_facts):
    from modelwright.targets.facts import ModelFacts

    model = make_facts(TEXT, opset=OPSET).model
    remark = f"Igamma 'layer': no such case; it became the custom operator {DOMAIN}::Igamma"
    facts = ModelFacts(model, path="m.pb", source="tensorflow", remarks=("other", remark))
    assert source_problem(facts, facts.nodes[0]).message == "Igamma 'layer': no such case"


def test_the_same_domain_in_an_onnx_file_is_the_targets_business(make_facts):
    facts = make_facts(TEXT, opset=OPSET)
    assert source_problem(facts, facts.nodes[0]) is None


def test_an_import_that_stops(make_profile):
    error = UnsupportedError(
        "the model has 1 operator type not supported:",
        items=["FlexErf (2 operators): a, b", "Conv 'c': too odd"],
        nodes=[("FlexErf", "a"), ("FlexErf", "b")],
        hint="convert the SavedModel",
    )
    report = problems_report(error, model=Path("d/m.tflite"), profile=make_profile(engine="onnxruntime"))
    assert report.model == "m.tflite"
    assert [(node.name, node.type) for node in report.nodes] == [("a", "FlexErf"), ("b", "FlexErf"), ("", "Conv")]
    assert all(node.causes[0].code == 15 and node.causes[0].remedy for node in report.nodes)
    assert not report.passed


def test_a_single_refusal(make_profile):
    error = ConversionError("Conv 'c': too odd", node="c", hint="change it")
    report = problems_report(error, model=Path("m.pb"), profile=make_profile(engine="onnxruntime"))
    assert [(node.name, node.causes[0].message) for node in report.nodes] == [("c", "Conv 'c': too odd")]
