"""``modelwright run FILE``: runs a recipe, or repeats the run of a report."""

from __future__ import annotations

import argparse
from pathlib import Path

from modelwright.cli.arguments import Parser
from modelwright.cli.calibration import add_trust, runner_of
from modelwright.cli.running_flags import add_running


def add_arguments(parser: Parser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("file", metavar="FILE", help="recipe (.toml, .json) or report (.report.json)")
    parser.add_argument("--output", "-o", metavar="FILE", help="write somewhere else than the recipe says")
    add_trust(parser)
    add_running(parser)
    parser.set_defaults(parser=parser, execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Runs the command and returns the exit code.

    Raises:
        ModelwrightError: As the run.
    """
    from modelwright.cli.running import run_and_show
    from modelwright.pipeline.repeat import recipe_of

    recipe, before = recipe_of(Path(arguments.file), arguments.output)
    return run_and_show(recipe, arguments, before=before, runner=runner_of(arguments))
