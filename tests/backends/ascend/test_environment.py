import pytest

from modelwright.backends.ascend import environment
from modelwright.backends.ascend.environment import find, host
from modelwright.backends.ascend.settings import Tool
from modelwright.errors import ToolMissingError, UsageError


def test_nothing_is_installed(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert find(Tool.ATC, None) is None


def test_a_named_toolkit(toolkit, monkeypatch):
    for named in (toolkit, toolkit / "set_env.sh"):
        found = find(Tool.ATC, named)
        assert found.program == str(toolkit / "compiler" / "bin" / "atc")
        assert found.set_env == toolkit / "set_env.sh"
    monkeypatch.setenv(environment.HOME_VARIABLE, str(toolkit))
    assert find(Tool.OMG, None).program.endswith("/omg")
    monkeypatch.setenv(environment.HOME_VARIABLE, "/nowhere")
    with pytest.raises(ToolMissingError, match="/nowhere") as caught:
        find(Tool.ATC, None)
    assert environment.HOME_VARIABLE in caught.value.hint


def test_on_path_its_environment_is_set(toolkit, monkeypatch):
    monkeypatch.setenv("PATH", str(toolkit / "compiler" / "bin"))
    found = find(Tool.ATC, None)
    assert (found.program, found.set_env) == (str(toolkit / "compiler" / "bin" / "atc"), None)


def test_where_toolkits_usually_are(toolkit, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("ASCEND_TOOLKIT_HOME", str(toolkit))
    assert find(Tool.ATC, None).set_env == toolkit / "set_env.sh"
    monkeypatch.delenv("ASCEND_TOOLKIT_HOME")
    monkeypatch.setattr(environment, "_USUAL", (str(toolkit),))
    assert find(Tool.ATC, None).set_env == toolkit / "set_env.sh"


def test_the_other_machine(monkeypatch):
    assert host(None) is None
    monkeypatch.setenv(environment.HOST_VARIABLE, "npu")
    assert host(None) == "npu"
    assert host("other") == "other"
    for wrong in ("-oProxyCommand=x", "a b"):
        with pytest.raises(UsageError, match="is no host"):
            host(wrong)
        monkeypatch.setenv(environment.HOST_VARIABLE, wrong)
        with pytest.raises(UsageError, match="is no host"):
            host(None)
