import pytest

from modelwright.backends.ascend.driver import artifact_in, compile_here, compile_there
from modelwright.backends.ascend.environment import Compiler
from modelwright.errors import ToolError, ToolMissingError


def test_a_program_that_is_not_there(tmp_path):
    with pytest.raises(ToolMissingError, match="cannot be started"):
        compile_here(Compiler(program=str(tmp_path / "atc")), [], tmp_path, timeout=20)


def test_arguments_and_environment_arrive(tmp_path):
    script = tmp_path / "set env.sh"
    script.write_text("export GREETING=hello\n")
    program = tmp_path / "atc"
    program.write_text('#!/bin/sh\necho "$GREETING $1"; pwd; exit 5\n')
    program.chmod(0o755)
    ran = compile_here(Compiler(program=str(program), set_env=script), ["a b;c"], tmp_path, timeout=20)
    assert (ran.code, ran.artifact) == (5, None)
    assert ran.log.splitlines() == ["hello a b;c", str(tmp_path.resolve())]


def test_names_of_artifacts(tmp_path):
    assert artifact_in(tmp_path) is None
    (tmp_path / "model_linux_x86_64.om").touch()
    assert artifact_in(tmp_path).name == "model_linux_x86_64.om"
    (tmp_path / "model.om").touch()
    assert artifact_in(tmp_path).name == "model.om"


def there(tmp_path, text, **options):
    script = tmp_path / "build.sh"
    script.write_text(text)
    return compile_there("npu", [], script, tmp_path, home=None, **({"timeout": 20} | options))


def test_another_machine(tmp_path, remote):
    ran = there(tmp_path, 'cd "$(dirname "$0")"; echo working; echo made > model.om\n')
    assert (ran.code, ran.log, ran.artifact.read_text()) == (0, "working\n", "made\n")
    ran = there(tmp_path, "echo broken; exit 9\n")
    assert (ran.code, ran.log) == (9, "broken\n")
    assert remote.read_text().count("rm -rf") == 2


def test_another_machine_s_limits(tmp_path, remote):
    with pytest.raises(ToolError, match="more than 1 s"):
        there(tmp_path, "sleep 60\n", timeout=1)
    with pytest.raises(ToolError, match=r"cannot copy model\.om from npu"):
        there(tmp_path, "exit 0\n")
    assert remote.read_text().count("rm -rf") == 2


def test_without_ssh(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissingError, match="ssh"):
        there(tmp_path, "exit 0\n")
