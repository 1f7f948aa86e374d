import pytest

from modelwright.backends.manifests import backends
from modelwright.cli.main import main


def shown(capsys, *arguments):
    with pytest.raises(SystemExit) as caught:
        main(list(arguments))
    assert not caught.value.code
    return capsys.readouterr().out


@pytest.mark.parametrize("command", [("convert", "onnx"), ("convert", "auto"), ("quantize",)])
def test_each_target_lists_its_options(capsys, command):
    for backend in backends():
        text = shown(capsys, *command, "--help-target", backend.name)
        assert all(option.spellings[0] in text for option in backend.options)


def test_the_help_of_a_source_does_not(capsys):
    text = shown(capsys, "convert", "onnx", "--help")
    assert "--soc_version" not in text
    assert "--help-target NAME" in text
    assert len(text.splitlines()) < 130


def test_there_is_no_such_target(capsys):
    assert main(["convert", "onnx", "--help-target", "tensort"]) == 2


def test_flags_of_targets_are_still_guessed(capsys):
    assert main(["convert", "onnx", "--input", "m.onnx", "-o", "m.om", "--soc_versio", "x"]) == 2
    assert "--soc_version" in capsys.readouterr().err
