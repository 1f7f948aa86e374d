import sys
from pathlib import Path

import pytest

from modelwright.errors import ToolMissingError
from modelwright.workers.interpreters import TENSORFLOW_VARIABLE, find_tensorflow


def test_the_interpreter_is_found_by_option_then_variable(monkeypatch, tmp_path):
    monkeypatch.delenv(TENSORFLOW_VARIABLE, raising=False)
    assert find_tensorflow(None) is None
    monkeypatch.setenv(TENSORFLOW_VARIABLE, sys.executable)
    assert find_tensorflow(None) == Path(sys.executable).absolute()
    (tmp_path / "near").symlink_to(sys.executable)
    monkeypatch.chdir(tmp_path)
    assert find_tensorflow(Path("./near")) == tmp_path / "near"
    with pytest.raises(ToolMissingError, match="--tf-python"):
        find_tensorflow(tmp_path / "python")
    monkeypatch.setenv(TENSORFLOW_VARIABLE, "/no/such/python")
    with pytest.raises(ToolMissingError, match=TENSORFLOW_VARIABLE):
        find_tensorflow(None)
