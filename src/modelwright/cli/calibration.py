"""The flags of calibration files and of the Python files that they name, and the runs that they lead to."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from modelwright.cli.output import print_text
from modelwright.errors import UsageError
from modelwright.workers.interpreters import DATA

if TYPE_CHECKING:
    from modelwright.cli.arguments import Parser
    from modelwright.cli.running import RecipeRunner
    from modelwright.pipeline.recipe import Recipe


def add_calibration(parser: Parser) -> None:
    """Adds the calibration file and what its functions need."""
    group = parser.add_argument_group("quantization")
    group.add_argument(
        "--config", "-c", metavar="FILE", help="calibration file (.json, .toml): also quantize the result"
    )
    add_trust(group)


def add_trust(group: Any) -> None:
    """Adds the flags about Python files that are named to read calibration data."""
    group.add_argument("--trust", action="store_true", help="run the Python files that are named, in a worker")
    flag_help = f"interpreter with {DATA.framework} (or ${DATA.variable})"
    group.add_argument(DATA.flag, metavar="PATH", help=flag_help)


def runner_of(arguments: argparse.Namespace) -> RecipeRunner:
    """What runs recipes, with the trust that ``trust`` and ``data_python`` say.

    Raises:
        ToolMissingError: There is no such interpreter.
    """
    from modelwright.pipeline.trusting import trusted_run

    return trusted_run(trust=arguments.trust, python=arguments.data_python)


def run_with_calibration(recipe: Recipe, arguments: argparse.Namespace) -> int:
    """Runs a conversion and, with a calibration file, what that says; JSON is that of the quantized model.

    Args:
        recipe: The conversion.
        arguments: ``config``, ``trust``, ``data_python``, and those of ``run_and_show``.

    Returns:
        The exit code.

    Raises:
        ModelwrightError: As the runs.
    """
    from modelwright.cli.running import run_and_show

    if arguments.config is None:
        if arguments.trust or arguments.data_python is not None:
            hint = "give one with -c, or leave them out"
            raise UsageError("--trust and --data-python go with a calibration file", hint=hint)
        return run_and_show(recipe, arguments)
    from modelwright.pipeline.calibration_file import jobs_with

    *first, last = jobs_with(arguments.config, recipe, trust=arguments.trust)
    runner = runner_of(arguments)
    for job in first:
        run_and_show(job.recipe, arguments, remarks=job.remarks, runner=runner, silent=arguments.json)
        if not arguments.json:
            print_text("")
    return run_and_show(last.recipe, arguments, remarks=last.remarks, runner=runner)
