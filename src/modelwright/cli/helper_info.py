"""``modelwright helper info --onnx MODEL -si``: the inputs of an ONNX model, as spine spells the command."""

from __future__ import annotations

import argparse
from pathlib import Path

from modelwright.cli.arguments import Parser
from modelwright.errors import UsageError


def add_arguments(helper: Parser) -> None:
    """Adds the command."""
    aids = helper.add_subparsers(dest="aid", metavar="AID", required=True, parser_class=Parser)
    parser: Parser = aids.add_parser("info", help="inputs and outputs of an ONNX model")
    parser.add_argument("--onnx", required=True, metavar="MODEL", help="the ONNX model")
    parser.add_argument("--show-inputs", "-si", action="store_true", help="inputs with symbolic names and denotations")
    parser.add_argument("--show-outputs", "-so", action="store_true", help="outputs, likewise")
    parser.add_argument("--debug", action="store_true", help="show the Python traceback of an error")
    parser.set_defaults(parser=parser, execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Runs the command and returns the exit code.

    Raises:
        UsageError: Nothing to show was asked for.
        ModelFormatError: The model is damaged.
    """
    if not (arguments.show_inputs or arguments.show_outputs):
        raise UsageError("say what to show", hint="-si shows the inputs, -so the outputs")
    from modelwright.cli.output import print_text
    from modelwright.cli.tensor_text import tensor_lines
    from modelwright.hub.summary import summarize

    summary = summarize(Path(arguments.onnx))
    sides = [("inputs", summary.inputs, arguments.show_inputs), ("outputs", summary.outputs, arguments.show_outputs)]
    for kind, tensors, wanted in sides:
        if wanted:
            print_text("\n".join(line for tensor in tensors for line in tensor_lines(tensor)))
            print_text(f"Total number of {kind}: {len(tensors)}")
    return 0
