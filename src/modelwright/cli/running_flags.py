"""Flags of every command that runs a recipe."""

from __future__ import annotations

from modelwright.cli.arguments import Parser


def add_running(parser: Parser, *, short_verbose: bool = True) -> None:
    """Adds the flags of every command that runs a recipe.

    Args:
        parser: The command's parser.
        short_verbose: Whether ``-v`` is free to mean ``--verbose``.
    """
    group = parser.add_argument_group("running")
    group.add_argument("--dry-run", action="store_true", help="print the plan and stop")
    group.add_argument("--json", action="store_true", help="print the report as JSON to stdout, all else to stderr")
    verbose = ("--verbose", "-v") if short_verbose else ("--verbose",)
    group.add_argument(*verbose, action="count", default=0, help="say more; may be repeated")
    group.add_argument("--debug", action="store_true", help="show the Python traceback of an error")
