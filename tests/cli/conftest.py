"""Calls the command line in process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from live_service import live, operator_token, project

from modelwright.cli.main import main

__all__ = ["live", "operator_token", "project"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a call gave."""

    code: int
    out: str
    err: str


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Runs ``modelwright`` with the arguments and returns exit code, stdout and stderr."""

    def run(*argv: object) -> Result:
        try:
            code = main([str(item) for item in argv])
        except SystemExit as leave:
            code = int(leave.code or 0)
        captured = capsys.readouterr()
        return Result(code=code, out=captured.out, err=captured.err)

    return run
