"""``modelwright doctor MODEL --data DIR``: what is wrong with a model or its calibration data, and what to do."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from modelwright.cli.arguments import Parser
from modelwright.cli.convert import add_frontend_options
from modelwright.cli.prepared import add_preparation
from modelwright.errors import UsageError
from modelwright.frontends.manifest import interpreters

if TYPE_CHECKING:
    from modelwright.pipeline.doctor import DoctorRequest
    from modelwright.quantize.data.settings import InputData

UNHEALTHY = 1
"""Exit code when something graver than a notice was found, as linters have it."""


def add_arguments(parser: Parser) -> None:
    """Adds the command's arguments."""
    parser.description = (
        "Looks at a model and its calibration data: random, constant, repeated or too few samples, wrong "
        "range, layout or colour order, scales that serve values far apart. Exit code 0: nothing grave, 1: something."
    )
    parser.add_argument("model", metavar="MODEL", help="file or folder of the model, of any format")
    parser.add_argument("--data", metavar="PATH", help="calibration data: folder, list, .npz or .npy of inputs")
    parser.add_argument("--config", "-c", metavar="FILE", help="calibration file (.json, .toml) that names the data")
    parser.add_argument("--reference", metavar="PATH", help="data known to be right, to compare with")
    parser.add_argument("--samples", type=int, metavar="N", help="batches to look at at most (100)")
    group = parser.add_argument_group("how the data become what the model takes")
    add_preparation(group)
    group.add_argument("--trust", action="store_true", help="run Python files that are named here, in a worker")
    parser.add_argument("--rules", metavar="TARGET", help="placement rules: onnxruntime, spacemit, tflite, ...")
    options = add_frontend_options(parser)
    for item in interpreters():
        parser.add_argument(item.flag, metavar="PATH", help=f"interpreter with {item.framework}, to read such a model")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--verbose", "-v", action="count", default=0, help="also list what was looked for in vain")
    parser.add_argument("--debug", action="store_true", help="show the Python traceback of an error")
    parser.set_defaults(parser=parser, options=options, execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Runs the command and returns 0, or 1 when something graver than a notice was found.

    Raises:
        ModelwrightError: The model or the data cannot be read or do not fit each other.
    """
    from modelwright.cli.output import print_json, print_rich
    from modelwright.pipeline.doctor import examine_model
    from modelwright.pipeline.report import plain_data

    report = examine_model(_request(arguments))
    if arguments.json:
        print_json(plain_data(report) | {"healthy": report.healthy})
    else:
        from modelwright.cli.doctor_view import show_doctor

        print_rich(lambda console: show_doctor(report, console, verbose=arguments.verbose))
    return 0 if report.healthy else UNHEALTHY


def _request(arguments: argparse.Namespace) -> DoctorRequest:
    from modelwright.pipeline.doctor import DoctorRequest
    from modelwright.quantize.data.settings import DEFAULT_BATCHES

    values = {option.name: getattr(arguments, option.name) for option in arguments.options}
    pythons = {item.name: getattr(arguments, item.name) for item in interpreters()}
    return DoctorRequest(
        path=Path(arguments.model),
        data=_path(arguments.data),
        config=_path(arguments.config),
        like=_like(arguments),
        reference=_path(arguments.reference),
        batches=DEFAULT_BATCHES if arguments.samples is None else arguments.samples,
        rules=arguments.rules,
        trust=arguments.trust,
        options={name: value for name, value in values.items() if value is not None and value is not False},
        interpreters={name: Path(path) for name, path in pythons.items() if path is not None},
    )


def _like(arguments: argparse.Namespace) -> InputData:
    from modelwright.quantize.data.settings import Color, InputData, Preset

    if arguments.preset is not None and arguments.preset not in list(Preset):
        raise UsageError(f"there is no preset {arguments.preset!r}", hint=f"one of {', '.join(Preset)}")
    return InputData(
        path="",
        color=None if arguments.color is None else Color(arguments.color),
        mean=arguments.mean,
        std=arguments.std,
        preset=None if arguments.preset is None else Preset(arguments.preset),
        function=arguments.preprocess,
        shape=arguments.data_shape,
    )


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
