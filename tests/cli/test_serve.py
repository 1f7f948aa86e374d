import importlib.util

import pytest

from modelwright.cli.serve import parse_roots
from modelwright.errors import UsageError


def test_roots(tmp_path):
    assert parse_roots([str(tmp_path), f"p={tmp_path}"]) == {"*": [tmp_path], "p": [tmp_path]}
    with pytest.raises(UsageError, match="no such folder"):
        parse_roots(["p=/no/such"])


def test_settings_that_are_not_valid(call, tmp_path):
    result = call("serve", "--data", tmp_path, "--workers", "-1")
    assert result.code == 2
    assert "workers" in result.err
    result = call("serve", "--data", tmp_path / "d", "--root", tmp_path)
    assert "the service's own data" in result.err


def test_without_the_extra(call, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "uvicorn" else found(name))
    for command in (("serve",), ("tasks", "list")):
        result = call(*command)
        assert result.code == 3
        assert "uvicorn not installed\n  hint: pip install 'modelwright[service]'" in result.err
