import pytest

from modelwright.pipeline.sections import VerifySection, parse_sections

SAID = {"source": {"path": "m"}, "output": {"path": "o"}}


def test_defaults_and_interpreters():
    sections, problems = parse_sections({**SAID, "verify": {"rtol": 1, "seed": 3, "tf_python": "p"}}, "r")
    assert problems == []
    assert sections["verify"] == VerifySection(rtol=1.0, seed=3, interpreters={"tf_python": "p"})
    assert isinstance(sections["verify"].rtol, float)
    assert sections["verify"].interpreter("tf_python") == "p"
    assert sections["optimize"].enabled is None
    assert sections["output"].options == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": {"path": ""}}, "source.path is '': a path is wanted"),
        ({"source": {"path": 1}}, "source.path is 1"),
        ({"source": "m"}, "source is 'm': a table is wanted"),
        ({"options": []}, "options is []"),
        ({"optimize": {"enabled": 1}}, "optimize.enabled is 1: true or false"),
        ({"output": {"path": "o", "opset": True}}, "output.opset is True"),
        ({"output": {"path": "o", "options": ["a"]}}, "output.options is"),
        ({"verify": {"rtol": float("nan")}}, "verify.rtol is nan"),
        ({"verify": {"atol": float("inf")}}, "verify.atol is inf"),
        ({"verify": {"rtol": True}}, "verify.rtol is True"),
        ({"verify": {"seed": -1}}, "verify.seed is -1"),
        ({"version": "1"}, "version is '1'"),
        ({"version": True}, "version is True"),
        ({"verify": {"interpreters": {}}}, "unknown key 'verify.interpreters'"),
    ],
)
def test_what_a_key_may_hold(change, message):
    _, problems = parse_sections({**SAID, **change}, "r")
    assert len(problems) == 1
    assert problems[0][0].startswith(f"r: {message}")


def test_none_is_not_said():
    sections, problems = parse_sections({**SAID, "verify": {"reference": None, "tf_python": None}}, "r")
    assert problems == []
    assert sections["verify"] == VerifySection()
