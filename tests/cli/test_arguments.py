import pytest

from modelwright.cli.arguments import Parser, number, parse, share
from modelwright.cli.main import build_parser
from modelwright.errors import UsageError


def _parser():
    parser = Parser(prog="tool")
    parser.add_argument("--some_flag", dest="some", nargs="+")
    parser.add_argument("--other-flag", dest="other")
    return parser


@pytest.mark.parametrize("flag", ["--some_flag", "--some-flag"])
@pytest.mark.parametrize("other", ["--other-flag=a_b-c", "--other_flag=a_b-c"])
def test_dashes_and_underscores_are_the_same_in_flags_only(flag, other):
    found = parse(_parser(), [flag, "x_y", "z-w", other])
    assert found.some == ["x_y", "z-w"]
    assert found.other == "a_b-c"


def test_no_abbreviations_but_near_matches():
    with pytest.raises(UsageError) as caught:
        parse(_parser(), ["--some", "x"])
    assert "--some_flag" in caught.value.hint
    with pytest.raises(UsageError, match="unknown flags --qq, -z"):
        parse(_parser(), ["--qq", "-z"])


def test_surplus_arguments():
    with pytest.raises(UsageError, match="unexpected b"):
        parse(_parser(), ["b"])


def test_tolerances():
    assert number("1e-3") == 0.001
    for text in ("-1", "nan", "inf", "x"):
        with pytest.raises(ValueError, match=text):
            number(text)


def test_a_misspelt_flag_is_named_before_what_is_missing_without_it():
    with pytest.raises(UsageError, match="unknown flag --savedmodel") as caught:
        parse(build_parser(), ["convert", "tf2", "--savedmodel", "x", "-o", "y.onnx"])
    assert "--saved-model" in caught.value.hint
    for arguments, missing in (
        (["mindspore", "--input", "x", "-o", "y.onnx"], "--mindir was not given"),
        (["paddle", "--input", "x", "-o", "y.onnx"], "--model_dir or -m was not given"),
        (["onnx", "--inptu", "x"], "--output/-o was not given"),
    ):
        with pytest.raises(UsageError, match="unknown flag --inp") as caught:
            parse(build_parser(), ["convert", *arguments])
        assert missing in caught.value.hint


def test_shares():
    assert share("0.5%") == pytest.approx(0.005)
    assert share("0.25") == 0.25
    for wrong in ("-1%", "%", "half"):
        with pytest.raises(ValueError, match=r".*"):
            share(wrong)
