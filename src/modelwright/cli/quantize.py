"""``modelwright quantize MODEL --data DIR -o OUT``: any model, calibrated and written with integers."""

from __future__ import annotations

import argparse
from pathlib import Path

from modelwright.cli.arguments import Parser, number, share
from modelwright.cli.calibration import add_trust, runner_of
from modelwright.cli.convert import SHARED, TARGET, add_frontend_options, add_shared, add_target_options
from modelwright.cli.prepared import add_preparation
from modelwright.errors import UsageError
from modelwright.frontends.manifest import frontends
from modelwright.pipeline.interpreters import interpreters


def add_arguments(parser: Parser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("model", metavar="MODEL", nargs="?", help="file or folder of the model, of any format")
    parser.add_argument("--output", "-o", metavar="FILE", help="the file to write (.onnx, .tflite, ...)")
    parser.add_argument("--config", "-c", metavar="FILE", help="calibration file (.json, .toml)")
    _add_data(parser)
    _add_numbers(parser)
    _add_choice(parser)
    _add_report(parser)
    _add_accuracy(parser)
    options = add_frontend_options(parser)
    add_shared(parser, frontends(), optimizes=False)
    targets = add_target_options(parser, set(parser.long_flags()))
    parser.set_defaults(parser=parser, options=options, target_options=targets, execute=execute)


def _add_data(parser: Parser) -> None:
    group = parser.add_argument_group("calibration data")
    group.add_argument("--data", metavar="PATH", help="folder, list, .npz or .npy of inputs")
    group.add_argument("--samples", type=int, metavar="N", help="batches to use at most (100)")
    group.add_argument("--batch_size", type=int, metavar="N", help="samples in a batch (1, or what the model fixes)")
    add_preparation(group)
    add_trust(group)
    group.add_argument("--statistics", metavar="FILE", help="take ranges from there instead of calibrating")
    group.add_argument("--save_statistics", metavar="FILE", help="write what calibration saw (.npz)")


def _add_numbers(parser: Parser) -> None:
    group = parser.add_argument_group("integers")
    group.add_argument(
        "--precision", metavar="NAME", help="int8 (default), int16 activations, dynamic, weights, float16 or float"
    )
    group.add_argument("--activations", metavar="DTYPE", help="uint8, int8, uint16 or int16")
    group.add_argument("--symmetric", action="store_true", help="zero in the middle of the activations' range")
    group.add_argument("--weights", metavar="DTYPE", help="int8, uint8, int4 or uint4")
    group.add_argument("--per_tensor", action="store_true", help="one scale for a weight instead of one a channel")
    group.add_argument("--block", type=int, metavar="N", help="a scale for every N weights along the sum")


def _add_choice(parser: Parser) -> None:
    group = parser.add_argument_group("ranges, and what stays float")
    group.add_argument("--method", metavar="NAME", help="default, minmax, percentile, kl or mse")
    group.add_argument("--max_percentile", type=number, metavar="X", help="for percentile (0.9999)")
    group.add_argument(
        "--precision_level",
        type=int,
        metavar="N",
        help="0 all, 1 delicate operators float, 2 products alone, 3 dynamic, 4 float16, 100 nothing (only optimized)",
    )
    group.add_argument("--rules", metavar="TARGET", help="placement rules: onnxruntime, spacemit, tflite, ...")
    group.add_argument("--ignore_op_types", metavar="NAMES", help="operators that stay float")
    group.add_argument("--ignore_op_names", metavar="NAMES", help="nodes that stay float")
    group.add_argument("--truncate_at", metavar="TENSORS", help="what lies behind these stays float")
    group.add_argument("--no_simplify", action="store_true", help="do not optimize the graph before")


def _add_report(parser: Parser) -> None:
    group = parser.add_argument_group("doctor and report")
    group.add_argument("--fix", action="store_true", help="fix what is wrong with data and scales where that is known")
    group.add_argument("--report", action="store_true", help="write <name>_report.{md,html,json} for large models, too")
    group.add_argument("--no_report", action="store_true", help="write none")


def _add_accuracy(parser: Parser) -> None:
    group = parser.add_argument_group("accuracy")
    group.add_argument(
        "--finetune_level",
        type=int,
        metavar="N",
        help="0 nothing, 1 balanced channels, clipping and bias correction (default), 2 and 3 weight rounding too",
    )
    group.add_argument("--min_cosine", type=float, metavar="X", help="least cosine of every output")
    group.add_argument("--max_drop", type=share, metavar="X", help="largest drop of the metric: 0.5%% or 0.005")
    group.add_argument("--max_float", type=share, metavar="X", help="largest share of the tensors in float: 25%%")
    group.add_argument("--fallback", metavar="NAME", help="what sensitive layers become: float (default) or int16")
    group.add_argument("--labels", metavar="FILE", help="class of each sample, for the drop of top-1")
    group.add_argument("--metric", metavar="FILE.py:FUNC", help="a function that gives the metric (needs --trust)")


def execute(arguments: argparse.Namespace) -> int:
    """Runs the command and returns the exit code.

    Raises:
        ModelwrightError: As the run.
    """
    from modelwright.cli.running import run_and_show
    from modelwright.pipeline.quantize_request import NAMES, quantize_section, read_config, result_path
    from modelwright.pipeline.request import build_recipe

    config = None if arguments.config is None else read_config(Path(arguments.config))
    model = arguments.model or (config.model.onnx_model if config is not None else None)
    if model is None:
        raise UsageError("no model is named", hint="modelwright quantize MODEL --data DIR -o OUT")
    output = result_path(arguments.output, config, Path(model))
    settings = {name: getattr(arguments, name, None) for name in SHARED}
    settings |= {item.name: getattr(arguments, item.name, None) for item in interpreters()}
    settings |= {option.name: getattr(arguments, option.name) for option in arguments.options}
    if config is not None and settings["opset"] is None:
        settings["opset"] = config.model.opset
    targets = {option.name: getattr(arguments, TARGET + option.name) for option in arguments.target_options}
    section = quantize_section({name: getattr(arguments, name, None) for name in NAMES}, config)
    recipe = build_recipe(model, output, settings, target_options=targets, quantize=section)
    remarks = () if config is None else config.remarks
    return run_and_show(recipe, arguments, remarks=remarks, runner=runner_of(arguments))
