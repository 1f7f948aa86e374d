import pytest

from modelwright.errors import RecipeError, UsageError
from modelwright.frontends.manifest import frontend_for
from modelwright.options import Option, OptionKind
from modelwright.pipeline.options import settle_options, settle_value


def _settle(kind, value):
    return settle_value(Option(name="opt", kind=kind, help=""), value)


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        (OptionKind.FLAG, True, True),
        (OptionKind.TEXT, "a,b", "a,b"),
        (OptionKind.INTEGER, "3", 3),
        (OptionKind.NAMES, "a, b", ["a", "b"]),
        (OptionKind.NAMES, ["a", "b,c"], ["a", "b", "c"]),
        (OptionKind.SHAPES, "x:0[1,?],y", ["x:0[1,-1]", "y"]),
        (OptionKind.SIZES, ["N:2", "Transpose__467:0:3"], {"N": 2, "Transpose__467:0": 3}),
        (OptionKind.SIZES, {"N": 2}, {"N": 2}),
        (OptionKind.DOMAINS, "A:dom,B", {"A": "dom", "B": "ai.onnx.converters.tensorflow"}),
        (OptionKind.VERSIONS, "com.microsoft:1", {"com.microsoft": 1}),
        (OptionKind.NEW_FILE, "a.pb", "a.pb"),
    ],
)
def test_every_kind_has_one_stored_form_that_is_stable(kind, value, stored):
    assert _settle(kind, value) == stored
    assert _settle(kind, stored) == stored


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (OptionKind.FLAG, 1),
        (OptionKind.TEXT, 3),
        (OptionKind.TEXT, ""),
        (OptionKind.INTEGER, True),
        (OptionKind.INTEGER, "x"),
        (OptionKind.NAMES, []),
        (OptionKind.NAMES, "a,,b"),
        (OptionKind.SIZES, ["N"]),
        (OptionKind.SIZES, ["N:0"]),
        (OptionKind.SIZES, ["N:-1"]),
        (OptionKind.SIZES, ["N:two"]),
        (OptionKind.SIZES, ["N:1", "N:2"]),
        (OptionKind.DOMAINS, ":x"),
    ],
)
def test_malformed_values_are_refused_by_name(kind, value):
    with pytest.raises(UsageError, match=r"opt|empty name"):
        _settle(kind, value)


def test_options_of_another_format_are_refused():
    with pytest.raises(RecipeError, match="'signature_def' does not apply to ONNX"):
        settle_options(frontend_for("onnx").options, {"signature_def": "x"}, of="ONNX models")
    with pytest.raises(RecipeError) as caught:
        settle_options(frontend_for("onnx").options, {"input": "x"}, of="ONNX models")
    assert "'inputs'" in caught.value.hint
