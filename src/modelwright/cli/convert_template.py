"""``modelwright convert template NAME``: a conversion by a template of the catalogue."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from modelwright.cli.arguments import Parser
from modelwright.cli.running_flags import add_running
from modelwright.errors import UsageError
from modelwright.pipeline.interpreters import interpreters

if TYPE_CHECKING:
    from modelwright.diagnostics import Report
    from modelwright.pipeline.recipe import Recipe
    from modelwright.pipeline.run import Observer
    from modelwright.templates.convert import Prepared
    from modelwright.verify.runners.isolated import IsolatedRuntime


def add_arguments(parser: Parser) -> None:
    """Adds the subcommand's arguments."""
    parser.add_argument("name", metavar="NAME", help="the template")
    parser.add_argument("--input", "-i", required=True, metavar="DIR", help="the folder that holds the model")
    parser.add_argument("--output", "-o", required=True, metavar="DIR", help="the folder that the result goes to")
    parser.add_argument(
        "--set",
        nargs="+",
        action="extend",
        default=[],
        metavar="SETTING=VALUE",
        help="settings; `modelwright templates show NAME` lists them",
    )
    group = parser.add_argument_group("verification")
    for item in interpreters():
        group.add_argument(item.flag, metavar="PATH", help=f"interpreter with {item.framework} (or ${item.variable})")
    add_running(parser)
    parser.set_defaults(parser=parser, execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Runs the command and returns the exit code.

    Raises:
        ModelwrightError: As the run.
    """
    from modelwright.cli.running import run_and_show
    from modelwright.templates.catalogue import template_named
    from modelwright.templates.convert import TemplateRequest, prepare

    named = {item.name: getattr(arguments, item.name) for item in interpreters()}
    request = TemplateRequest(
        template=template_named(arguments.name),
        folder=Path(arguments.input),
        output=Path(arguments.output),
        settings=parse_settings(arguments.set),
        interpreters={name: path for name, path in named.items() if path is not None},
    )
    prepared = prepare(request)
    return run_and_show(prepared.recipe, arguments, runner=_Runner(prepared))


class _Runner:
    """Runs a prepared request where the command runs recipes."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared

    def __call__(
        self, recipe: Recipe, *, observer: Observer | None = None, runtime: IsolatedRuntime | None = None
    ) -> Report:
        from modelwright.templates.convert import convert

        del recipe
        return convert(self._prepared, observer=observer, runtime=runtime)


def parse_settings(texts: Sequence[str]) -> dict[str, str]:
    """``name=value`` texts as a mapping.

    Raises:
        UsageError: One has no ``=``, or a name is there twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"{text!r} is no setting", hint="write --set name=value other=value")
        if name in found:
            raise UsageError(f"the setting {name} is given twice", hint="give it once")
        found[name] = value
    return found
