"""The flags of calibration files on commands."""

import argparse
import sys
from pathlib import Path

import pytest

from modelwright.cli.arguments import Parser, parse
from modelwright.cli.calibration import add_calibration, runner_of
from modelwright.errors import ToolMissingError
from modelwright.pipeline.run import run


def _parsed(*flags):
    parser = Parser(prog="tool")
    add_calibration(parser)
    return parse(parser, list(flags))


def test_what_is_not_said():
    assert vars(_parsed()) == {"config": None, "trust": False, "data_python": None}


def test_without_trust_recipes_are_run_as_they_are():
    assert runner_of(_parsed("-c", "x.json")) is run


def test_trust_may_name_an_interpreter(monkeypatch):
    monkeypatch.delenv("MODELWRIGHT_DATA_PYTHON", raising=False)
    assert runner_of(_parsed("--trust")).keywords["trust"].python is None
    named = runner_of(_parsed("--trust", "--data_python", sys.executable)).keywords["trust"]
    assert named.given
    assert named.python == Path(sys.executable)
    monkeypatch.setenv("MODELWRIGHT_DATA_PYTHON", "no/such/python")
    with pytest.raises(ToolMissingError, match="MODELWRIGHT_DATA_PYTHON"):
        runner_of(argparse.Namespace(trust=True, data_python=None))
