"""``modelwright check MODEL --target T``: whether targets take a model, node by node, and what would help."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from modelwright.cli.arguments import Parser, number
from modelwright.cli.convert import add_frontend_options
from modelwright.errors import CheckFailed, UsageError
from modelwright.frontends.manifest import interpreters

if TYPE_CHECKING:
    from modelwright.targets.report import CheckReport, TargetReport


def add_arguments(parser: Parser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("model", metavar="MODEL", nargs="?", help="file or folder of the model")
    parser.add_argument("--target", metavar="NAMES", help="targets, separated by commas; or paths of profiles (.toml)")
    parser.add_argument("--list-targets", action="store_true", help="list the targets and stop")
    parser.add_argument("--output", "-o", metavar="FILE", help="also write the report as JSON (eval_report.json)")
    trial = parser.add_argument_group("trial")
    trial.add_argument("--python", metavar="PATH", help="interpreter in which to look for the targets' engines")
    trial.add_argument("--no-trial", action="store_true", help="by tables and rules only")
    trial.add_argument("--timeout", type=number, metavar="S", help="seconds for the trial of one node (default 60)")
    options = add_frontend_options(parser)
    for item in interpreters():
        text = f"interpreter with {item.framework}, where only that reads the model (or ${item.variable})"
        parser.add_argument(item.flag, metavar="PATH", help=text)
    group = parser.add_argument_group("result")
    group.add_argument("--opset", type=int, metavar="N", help="the opset that the model is brought to first")
    group.add_argument("--onnxsim", action="store_true", help="ONNX: optimize the graph first")
    group.add_argument("--json", action="store_true", help="print the report as JSON")
    group.add_argument("--verbose", "-v", action="count", default=0, help="show every node, and causes in full")
    group.add_argument("--debug", action="store_true", help="show the Python traceback of an error")
    parser.set_defaults(parser=parser, options=options, execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Runs the command and returns 0 when every target takes the model.

    Raises:
        CheckFailed: A target does not; the report has been shown.
        UserError: The model cannot be read, or there is no such target.
        ToolError: The interpreter that was named is not there.
    """
    if arguments.list_targets:
        from modelwright.cli.check_view import show_targets

        show_targets()
        return 0
    _check_output(arguments)
    report = _check(arguments)
    if arguments.output is not None:
        _write(report, Path(arguments.output))
    if arguments.json:
        from modelwright.cli.output import print_json

        print_json(report.data())
    else:
        from modelwright.cli.check_view import show_check
        from modelwright.cli.output import print_rich

        print_rich(lambda console: show_check(report, console, verbose=arguments.verbose))
    if not report.passed:
        raise _failure(report)
    return 0


def _check_output(arguments: argparse.Namespace) -> None:
    """The report must not replace the model."""
    if arguments.output is None or arguments.model is None or not Path(arguments.output).exists():
        return
    if Path(arguments.model).exists() and Path(arguments.output).samefile(arguments.model):
        raise UsageError(f"the output {arguments.output} is the model itself", hint="give --output another name")


def _check(arguments: argparse.Namespace) -> CheckReport:
    if arguments.model is None:
        raise UsageError("no model is named", hint="modelwright check MODEL --target NAME")
    if arguments.target is None:
        raise UsageError("no target is named", hint="give --target; `modelwright check --list-targets` lists them")
    from modelwright.formats import split_list
    from modelwright.pipeline.check import CheckRequest, check_model
    from modelwright.targets.check import DEFAULT_TIMEOUT, TrialSettings

    values = {option.name: getattr(arguments, option.name) for option in arguments.options}
    pythons = {item.name: getattr(arguments, item.name) for item in interpreters()}
    return check_model(
        CheckRequest(
            path=Path(arguments.model),
            targets=split_list(arguments.target),
            options={name: value for name, value in values.items() if value is not None and value is not False},
            opset=arguments.opset,
            optimize=True if arguments.onnxsim else None,
            trial=TrialSettings(
                enabled=not arguments.no_trial,
                python=None if arguments.python is None else Path(arguments.python),
                timeout=arguments.timeout or DEFAULT_TIMEOUT,
            ),
            interpreters={name: Path(path) for name, path in pythons.items() if path is not None},
        )
    )


def _write(report: CheckReport, path: Path) -> None:
    """Writes the JSON, all of it or nothing."""
    import json

    from modelwright.pipeline.workspace import Workspace

    with Workspace() as workspace:
        text = json.dumps(report.data(), indent=2, ensure_ascii=False) + "\n"
        workspace.stage(path).write_text(text, encoding="utf-8")
        workspace.publish()


def _failure(report: CheckReport) -> CheckFailed:
    refused = [item for item in report.targets if not item.passed]
    return CheckFailed(
        f"{report.model} does not pass: {'; '.join(_counts(item) for item in refused)}",
        hint="the remedies stand beside each node",
    )


def _counts(report: TargetReport) -> str:
    """``ascend: 3 of 20 nodes fail, and the model as a whole``."""
    failed = len(report.failed_nodes)
    nodes = [f"{failed} of {len(report.nodes)} nodes fail"] if failed else []
    whole = ["the model as a whole"] if any(cause.code.fails for cause in report.causes) else []
    text = ", and ".join([*nodes, *whole])
    return f"{report.target}: {text}{'' if failed else ' fails'}"
