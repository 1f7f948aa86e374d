import pytest

from modelwright.targets.rules.inputs import only_tensors, static_inputs


def test_open_sizes_fail_or_warn(codes):
    text = "g (float[N, 3] x) => (float[N, 3] y) { y = Relu(x) }"
    assert codes(text, "static-inputs") == [6]
    assert codes(text, "static-inputs", {"severity": "warning"}) == [105]
    assert codes("g (float[2, 3] x) => (float[2, 3] y) { y = Relu(x) }", "static-inputs") == []


def test_named_sizes_are_fixed_by_name(make_facts):
    facts = make_facts("g (float[N, 3, H, H] x) => (float[N, 3, H, H] y) { y = Relu(x) }")
    cause = next(static_inputs(facts, advice="use gears"))
    assert "`modelwright convert onnx --input m.onnx --output m.static.onnx -f N:1 H:1`" in cause.remedy
    assert cause.remedy.endswith("or use gears")
    assert "x[N, 3, H, H]" in cause.message


def test_nameless_sizes_are_fixed_by_shapes(make_facts):
    facts = make_facts("g (float[?, 3] x) => (float[?, 3] y) { y = Relu(x) }")
    assert "--inputs 'x[1,3]'" in next(static_inputs(facts)).remedy


def test_other_formats_are_converted_by_auto(make_facts):
    facts = make_facts("g (float[N, 3] x) => (float[N, 3] y) { y = Relu(x) }", source="tensorflow", path="dir/saved")
    assert "`modelwright convert auto dir/saved --output dir/saved.static.onnx" in next(static_inputs(facts)).remedy


def test_sequences_and_optional_values_are_no_tensors(make_facts):
    text = "g (float[2] x, optional(float[2]) o) => (seq(float[2]) s) { s = SequenceConstruct(x) }"
    messages = [cause.message for cause in only_tensors(make_facts(text))]
    assert messages[0].startswith("input o is of type Optional")
    assert messages[1].startswith("output s is of type Sequence")
    assert len(messages) == 2
    assert not list(only_tensors(make_facts("g (float[2] x) => (float[2] y) { y = Abs(x) }")))


@pytest.mark.parametrize(
    ("dtype", "source", "expected"),
    [("float", "onnx", []), ("double", "onnx", [3]), ("int32", "tensorflow", []), ("int32", "caffe", [3])],
)
def test_dtypes_by_source(codes, dtype, source, expected):
    settings = {"dtypes": {"caffe": ["float32"], "tensorflow": ["float32", "int32"], "other": ["float32"]}}
    text = f"g ({dtype}[2] x) => ({dtype}[2] y) {{ y = Abs(x) }}"
    assert codes(text, "input-dtypes", settings, source=source) == expected


def test_a_family_that_is_not_listed_is_not_judged(codes):
    text = "g (double[2] x) => (double[2] y) { y = Abs(x) }"
    assert codes(text, "input-dtypes", {"dtypes": {"caffe": ["float32"]}}) == []


def test_rank(codes):
    text = "g (float[1,1,1,1,2] x, float[1,1,1,2] z) => (float[1,1,1,1,2] y) { y = Add(x, z) }"
    assert codes(text, "input-rank", {"highest": 4}) == [4]
    assert codes(text, "input-rank", {"highest": 5}) == []
