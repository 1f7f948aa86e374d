"""``modelwright info MODEL``: what a model holds."""

from __future__ import annotations

import argparse
from pathlib import Path

from modelwright.cli.arguments import Parser


def add_arguments(parser: Parser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("model", metavar="MODEL", help="file or folder of the model")
    parser.add_argument(
        "--dec_key", "--dec-key", metavar="FILE", help="MindSpore: file with the key of an encrypted one"
    )
    parser.add_argument("--dec_mode", "--dec-mode", metavar="MODE", help="MindSpore: its cipher, when not what it says")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.add_argument("--verbose", "-v", action="count", default=0, help="list all operators, and signatures in full")
    parser.add_argument("--debug", action="store_true", help="show the Python traceback of an error")
    parser.set_defaults(parser=parser, execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Runs the command and returns the exit code.

    Raises:
        ModelNotFoundError: There is no model at the path.
        ModelFormatError: It is damaged, or of no known format.
    """
    from modelwright.cli.output import print_json
    from modelwright.hub.imports import defer_heavy_imports
    from modelwright.pipeline.describe import describe

    defer_heavy_imports()
    path = Path(arguments.model)
    given = {name: value for name in ("dec_key", "dec_mode") if (value := getattr(arguments, name)) is not None}
    summary = describe(path, given)
    if arguments.json:
        import dataclasses

        print_json({"path": str(path), "nodes": summary.nodes, **dataclasses.asdict(summary)})
    else:
        from modelwright.cli.summary_view import show_summary

        show_summary(path, summary, everything=arguments.verbose > 0)
    return 0
