import pytest

from modelwright.targets.table import COMPOSITE, look_up

RELU = "g (float[2] x) => (float[2] y) { a = Abs(x)\n [r] y = Relu(a) }"


@pytest.fixture
def ask(make_facts, make_profile):
    """The table's cause for the last node of a model."""

    def look(operators, decides="listed", text=RELU, **how):
        rules = how.pop("rules", {})
        facts = make_facts(text, **how)
        return look_up(facts, facts.nodes[-1], make_profile(decides=decides, operators=operators, rules=rules))

    return look


def test_listed_or_not(ask):
    assert ask({"Relu": {}}).code == 0
    missing = ask({"Add": {}})
    assert (missing.code, missing.evidence) == (1, "table")
    assert "--outputs a`" in missing.remedy


def test_listed_for_another_opset(ask):
    cause = ask({"Relu": "8-16"}, opset='"" : 18')
    assert cause.code == 1
    assert "8 to 16" in cause.message
    assert "--opset 16" in cause.remedy


def test_an_opset_out_of_range_is_said_once(ask):
    """The model fails for its opset; its operators are looked up at the nearest that the target reads."""
    rules = {"opset-range": {"lowest": 8, "highest": 18}}
    assert ask({"Relu": "8-18"}, opset='"" : 20', rules=rules).code == 0
    assert ask({"Relu": "8-16"}, opset='"" : 20', rules=rules).code == 1


def test_what_it_is_called_there(ask):
    assert "as ReluV2" in ask({"Relu": {"becomes": "ReluV2"}}).message


def test_a_limit_is_a_warning(ask):
    assert ask({"Relu": {"note": "is taken in 2-D"}}).code == 105


def test_the_profiles_own_remedy(ask):
    text = RELU.replace("Relu", "Erf")
    assert ask({"Erf": {"passed": 0, "of": 3, "remedy": "use Tanh"}}, "measured", text).remedy == "use Tanh"


def test_composite_operators_are_written_out(ask):
    text = "g (float[2] x) => (float[2] y) { y = Gelu(x) }"
    parts = {name: {} for name in COMPOSITE["Gelu"]}
    cause = ask(parts, text=text, opset='"" : 20')
    assert cause.code == 1
    assert "--opset 19" in cause.remedy
    assert "Add, Div, Erf, Mul" in cause.remedy
    assert "--opset" not in ask({"Add": {}}, text=text, opset='"" : 20').remedy


def test_a_composite_operator_goes_where_the_target_can_read(ask):
    text = "g (float[2] x) => (float[2] y) { y = Gelu(x) }"
    rules = {"opset-range": {"lowest": 8, "highest": 16}}
    assert "--opset 16" in ask({name: {} for name in COMPOSITE["Gelu"]}, text=text, opset='"" : 20', rules=rules).remedy


def test_a_namesake_of_another_domain(ask):
    text = "g (float[2] x) => (float[2] y) { y = com.microsoft.Gelu(x) }"
    cause = ask({"Gelu": {}}, text=text, opset='"" : 17, "com.microsoft" : 1')
    assert cause.code == 8
    assert ask({"com.microsoft:Gelu": {}}, text=text, opset='"" : 17, "com.microsoft" : 1').code == 0


@pytest.mark.parametrize(("passed", "code"), [(0, 1), (2, 102), (3, 0)])
def test_measured(ask, passed, code):
    assert ask({"Relu": {"passed": passed, "of": 3}}, "measured").code == code


@pytest.mark.parametrize(("dtype", "code"), [("float", 0), ("double", 3), ("float16", 102)])
def test_measured_by_dtype(ask, dtype, code):
    row = {"passed": 2, "of": 4, "dtypes": ["float32"], "refused": ["float64"]}
    cause = ask({"Relu": row}, "measured", RELU.replace("float", dtype))
    assert cause.code == code
    assert cause.evidence == "table"


def test_never_measured(ask):
    assert ask({"Add": {"passed": 1, "of": 1}}, "measured").code == 102
    text = "g (float[2] x) => (float[2] y) { y = own.Thing(x) }"
    assert ask({"Add": {"passed": 1, "of": 1}}, "measured", text, opset='"" : 17, "own" : 1').code == 1


def test_accelerated(ask):
    assert ask({"Relu": {}}, "accelerated").code == 0
    assert ask({"Conv": {}}, "accelerated").code == 100


def test_without_a_table(make_facts, make_profile):
    facts = make_facts(RELU)
    assert look_up(facts, facts.nodes[0], make_profile(engine="onnxruntime")) is None
