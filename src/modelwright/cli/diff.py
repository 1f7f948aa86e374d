"""``modelwright diff A B``: how two models differ."""

from __future__ import annotations

import argparse
from pathlib import Path

from modelwright.cli.arguments import Parser, number
from modelwright.frontends.manifest import interpreters

DIFFERENT = 1
"""Exit code when the models differ, as ``diff`` has it."""


def add_arguments(parser: Parser) -> None:
    """Adds the command's arguments."""
    parser.description = (
        "Holds two models of any format "
        "against each other: graph, weights, outputs on the same inputs, size. Exit code 0: same, 1: different."
    )
    parser.add_argument("a", metavar="A", help="file or folder of the first model")
    parser.add_argument("b", metavar="B", help="file or folder of the second model")
    parser.add_argument("--only", metavar="PARTS", help="graph,weights,numerics: what to look at (default all)")
    parser.add_argument(
        "--ignore", metavar="WHAT", help="names,metadata,opset,shapes: what does not count as a difference"
    )
    parser.add_argument("--rtol", type=number, metavar="X", help="relative tolerance of the outputs, and of weights")
    parser.add_argument("--atol", type=number, metavar="X", help="absolute tolerance, likewise")
    parser.add_argument("--inputs", metavar="FILE.npz", help="own inputs by the names of A, instead of random ones")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of random inputs")
    parser.add_argument("--html", metavar="FILE", help="also write a self-contained page")
    for item in interpreters():
        parser.add_argument(item.flag, metavar="PATH", help=f"interpreter with {item.framework}, to read such a model")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--verbose", "-v", action="count", default=0, help="list everything")
    parser.add_argument("--debug", action="store_true", help="show the Python traceback of an error")
    parser.set_defaults(parser=parser, execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Runs the command and returns the exit code: 0 same, 1 different.

    Raises:
        ModelwrightError: A model cannot be read, or the inputs do not fit.
    """
    from modelwright.cli.output import print_json, print_rich
    from modelwright.formats import split_list
    from modelwright.hub.io_atomic import write_bytes
    from modelwright.pipeline.diff import DiffRequest, diff_models, parse_aspects, parse_parts
    from modelwright.pipeline.report import plain_data

    chosen = {} if arguments.only is None else {"parts": parse_parts(split_list(arguments.only))}
    named = {item.name: getattr(arguments, item.name) for item in interpreters()}
    found = diff_models(
        DiffRequest(
            a=Path(arguments.a),
            b=Path(arguments.b),
            ignored=parse_aspects(split_list(arguments.ignore)) if arguments.ignore is not None else (),
            rtol=arguments.rtol,
            atol=arguments.atol,
            seed=arguments.seed,
            inputs=None if arguments.inputs is None else Path(arguments.inputs),
            interpreters={name: Path(path) for name, path in named.items() if path is not None},
            **chosen,
        )
    )
    if arguments.html is not None:
        from modelwright.pipeline.diff_page import diff_page

        write_bytes(Path(arguments.html), diff_page(found).encode())
    if arguments.json:
        print_json(plain_data(found))
    else:
        from modelwright.cli.diff_view import show_diff

        print_rich(lambda console: show_diff(found, console, verbose=arguments.verbose))
    return 0 if found.same else DIFFERENT
