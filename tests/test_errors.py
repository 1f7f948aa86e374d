"""Every error has a code of its own, and names that are almost right are found."""

import inspect

from modelwright import errors


def error_classes() -> list[type[errors.ModelwrightError]]:
    found = [
        item for item in vars(errors).values() if inspect.isclass(item) and issubclass(item, errors.ModelwrightError)
    ]
    return sorted(found, key=lambda item: item.__name__)


def test_codes_are_unique():
    codes = [item.code for item in error_classes()]
    assert len(set(codes)) == len(codes)


def test_exit_codes_follow_the_branch():
    for item in error_classes():
        if issubclass(item, errors.UserError):
            assert item.exit_code == 2
        elif issubclass(item, errors.ToolError):
            assert item.exit_code == 3
        elif issubclass(item, errors.VerificationFailed):
            assert item.exit_code == 4
        else:
            assert item.exit_code == 70


def test_unknown_name_lists_near_matches_and_valid_names():
    error = errors.unknown_name("input", "Input_1", ["input_1", "image"], where="model.pb")
    assert "'Input_1' in model.pb" in error.message
    assert "did you mean 'input_1'" in error.hint
    assert "image, input_1" in error.hint


def test_unsupported_lists_its_items():
    error = errors.UnsupportedError("3 operators", items=["A: x", "B: y"], hint="cut")
    assert str(error).splitlines() == ["3 operators", "  - A: x", "  - B: y", "  hint: cut"]
