"""``modelwright verify MODEL SOURCE``: whether a model computes what its source does, and if not, where they part."""

from __future__ import annotations

import argparse
from pathlib import Path

from modelwright.cli.arguments import Parser, number
from modelwright.diagnostics import Status
from modelwright.errors import VerificationFailed
from modelwright.frontends.manifest import interpreters


def add_arguments(parser: Parser) -> None:
    """Adds the command's arguments."""
    parser.description = (
        "Runs a model and its source on the same inputs. Where the outputs differ, finds the first layer "
        "that does not compute the same, by bisection. Exit code 0: nothing differs, 4: they differ."
    )
    parser.add_argument("model", metavar="MODEL", help="file or folder of the model to check")
    parser.add_argument(
        "source",
        metavar="SOURCE",
        nargs="?",
        help="what it must agree with: a model, or the .report.json of its making",
    )
    parser.add_argument(
        "--reference", metavar="FILE.npz", help="instead of SOURCE: in:<name>, out:<name>, and tensors or layers inside"
    )
    parser.add_argument("--rtol", type=number, metavar="X", help="relative tolerance of the outputs")
    parser.add_argument("--atol", type=number, metavar="X", help="absolute tolerance")
    parser.add_argument("--inputs", metavar="FILE.npz", help="own inputs by the model's names, instead of random ones")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of random inputs")
    parser.add_argument(
        "--memory", type=float, metavar="MB", help="tensors to look at in one run of one model (default 64 MB)"
    )
    parser.add_argument("--layers", action="store_true", help="compare all tensors that both have, in order")
    for item in interpreters():
        parser.add_argument(item.flag, metavar="PATH", help=f"interpreter with {item.framework}, to run the source")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--verbose", "-v", action="count", default=0, help="list everything")
    parser.add_argument("--debug", action="store_true", help="show the Python traceback of an error")
    parser.set_defaults(parser=parser, execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Runs the command and returns the exit code: 0 when nothing differs, 4 when something does.

    Raises:
        ModelwrightError: A model cannot be read or run, or the inputs do not fit.
    """
    from modelwright.cli.output import print_json, print_rich
    from modelwright.pipeline.locate import BUDGET, LocateRequest, locate
    from modelwright.pipeline.report import plain_data
    from modelwright.verify.tolerances import DEFAULT_ATOL, DEFAULT_RTOL

    named = {item.name: getattr(arguments, item.name) for item in interpreters()}
    found = locate(
        LocateRequest(
            model=Path(arguments.model),
            source=_path(arguments.source),
            reference=_path(arguments.reference),
            inputs=_path(arguments.inputs),
            rtol=DEFAULT_RTOL if arguments.rtol is None else arguments.rtol,
            atol=DEFAULT_ATOL if arguments.atol is None else arguments.atol,
            seed=arguments.seed,
            budget=BUDGET if arguments.memory is None else int(arguments.memory * 1_000_000),
            interpreters={name: Path(path) for name, path in named.items() if path is not None},
            layers=arguments.layers,
        )
    )
    if arguments.json:
        print_json(plain_data(found))
    else:
        from modelwright.cli.verify_view import show_localisation

        print_rich(lambda console: show_localisation(found, console, verbose=arguments.verbose))
    return VerificationFailed.exit_code if found.status is Status.FAILED else 0


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
