from pathlib import Path

import pytest

from modelwright.errors import ToolMissingError
from modelwright.formats import Format
from modelwright.verify.runners.paddle import query_source
from modelwright.verify.source import SourceQuery


def query(python, tmp_path):
    return SourceQuery(
        model=tmp_path / "m.json",
        format=Format.PADDLE_PIR,
        inputs=(),
        outputs=(),
        python=python,
        details={"program": tmp_path / "m.json", "parameters": None},
    )


def test_nothing_runs_without_an_interpreter(tmp_path, monkeypatch):
    monkeypatch.delenv("MODELWRIGHT_PADDLE_PYTHON", raising=False)
    assert query_source(query(None, tmp_path)) is None


def test_an_interpreter_that_is_not_there(tmp_path):
    with pytest.raises(ToolMissingError, match="--paddle-python"):
        query_source(query(Path("/nowhere/python"), tmp_path))


def test_an_interpreter_without_paddle(tmp_path):
    import sys

    runner = query_source(query(Path(sys.executable), tmp_path))
    assert runner is not None
    with pytest.raises(ToolMissingError, match="Paddle cannot be imported"):
        runner.run({})
