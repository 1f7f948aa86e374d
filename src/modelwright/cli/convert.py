"""``modelwright convert {onnx,tf1,tf2,auto}``: flags from the frontends' manifests, then recipe, plan and run."""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path
from typing import Any

from modelwright.backends.manifests import backend_named, backends
from modelwright.cli.arguments import Parser, PrintVersion, number
from modelwright.cli.calibration import add_calibration, run_with_calibration
from modelwright.cli.running_flags import add_running
from modelwright.errors import UsageError
from modelwright.formats import Format
from modelwright.frontends.manifest import Frontend, frontends, frontends_of_command
from modelwright.options import Option, OptionKind
from modelwright.pipeline.interpreters import interpreters

SHARED = ("target", "opset", "onnxsim", "reference", "rtol", "atol", "seed", "layers", "no_verify")


def add_arguments(convert: Parser) -> None:
    """Adds the command and one subcommand a source."""
    sources = convert.add_subparsers(dest="source", metavar="SOURCE", required=True, parser_class=Parser)
    for frontend in frontends():
        for command in frontend.commands:
            found = frontends_of_command(command)
            sources.add_parser(
                command, help=f"a {found[0].label} model", fill=functools.partial(_add_source_arguments, found)
            )
    sources.add_parser("auto", help="any model; the format is detected", fill=_add_auto_arguments)
    purpose = "a folder, by a template (`modelwright templates` lists them)"
    sources.add_parser("template", help=purpose, fill=_add_template_arguments)


def _add_template_arguments(parser: Parser) -> None:
    from modelwright.cli.convert_template import add_arguments

    add_arguments(parser)


def _add_source_arguments(found: Sequence[Frontend], parser: Parser) -> None:
    owner = found[0]
    group = parser.add_argument_group("source")
    choice = group.add_mutually_exclusive_group(required=True)
    flags = _source_flags(found)
    for flag, (frontend, formats) in flags.items():
        label = formats[0].label if formats else f"{frontend.label} model"
        choice.add_argument(flag, dest=f"source{flag}", metavar="PATH", help=label)
    outputs = ("--output", "-o", *owner.aliases.get("output", ()))
    parser.add_argument(*outputs, dest="output", required=True, metavar="FILE", help="the file to write")
    options: dict[str, Option] = {}
    for frontend in found:
        group = parser.add_argument_group(f"{frontend.label} options")
        for option in frontend.options:
            if option.name not in options:
                _add_option(group, option)
                options[option.name] = option
    taken = {*flags, *(spelling for option in options.values() for spelling in option.spellings)}
    if owner.version_flags:
        parser.add_argument(*owner.version_flags, action=PrintVersion, help="print the version and stop")
    add_shared(
        parser,
        found,
        optimizes=owner.optimizes,
        opset=owner.aliases.get("opset", ()),
        short_verbose="-v" not in owner.version_flags,
    )
    add_calibration(parser)
    targets = add_target_options(parser, taken)
    parser.set_defaults(
        parser=parser, flags=flags, options=tuple(options.values()), target_options=targets, execute=execute
    )


_Flags = Mapping[str, tuple[Frontend, tuple[Format, ...]]]


def _source_flags(found: Sequence[Frontend]) -> _Flags:
    """Flags that name the source, with frontend and formats (none: any of the frontend's).

    Where two frontends have the same flag, the command's owner has it.
    """
    flags: dict[str, tuple[Frontend, tuple[Format, ...]]] = {}
    for frontend in found:
        for flag, said in frontend.source_flags.items():
            formats = said if isinstance(said, tuple) else (said,) if said is not None else ()
            flags.setdefault(flag, (frontend, formats))
    return flags


def _add_auto_arguments(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL", help="file or folder of the model")
    parser.add_argument("--output", "-o", required=True, metavar="FILE", help="the file to write")
    options = add_frontend_options(parser)
    add_shared(parser, frontends(), optimizes=False)
    add_calibration(parser)
    targets = add_target_options(parser, {spelling for option in options for spelling in option.spellings})
    parser.set_defaults(parser=parser, flags={}, options=options, target_options=targets, execute=execute)


def add_frontend_options(parser: Parser) -> tuple[Option, ...]:
    """Adds the options of all frontends, for commands that detect the format, and returns them."""
    group = parser.add_argument_group("options, where they apply to the format")
    found: dict[str, Option] = {}
    for frontend in frontends():
        for option in frontend.options:
            found.setdefault(option.name, option)
    for option in found.values():
        _add_option(group, option)
    return tuple(found.values())


def add_target_options(parser: Parser, taken: AbstractSet[str]) -> tuple[Option, ...]:
    """Adds the options of all targets, each flag once, and returns them; a source's flags go first.

    The help does not show them; ``--help-target NAME`` shows those of one target.
    """
    found: dict[str, Option] = {}
    names = ", ".join(backend.name for backend in backends())
    group = parser.add_argument_group("options of targets")
    group.add_argument("--help-target", action=HelpTarget, metavar="NAME", help=f"list those of one target: {names}")
    for backend in backends():
        for option in backend.options:
            if option.name not in found and not taken & set(option.spellings):
                found[option.name] = option
                _add_option(group, replace(option, help=argparse.SUPPRESS), prefix=TARGET)
    return tuple(found.values())


class HelpTarget(argparse.Action):
    """Prints the options of one target and stops."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        """Prints and stops.

        Raises:
            UnknownNameError: There is no such target.
        """
        del namespace, option_string
        backend = backend_named(str(values))
        shown = Parser(prog=parser.prog, add_help=False, usage=argparse.SUPPRESS)
        group = shown.add_argument_group(f"options of the target {backend.label} ({', '.join(backend.suffixes)})")
        for option in backend.options:
            _add_option(group, option)
        text = shown.format_help() if backend.options else f"the target {backend.label} has no options\n"
        sys.stdout.write(text)
        parser.exit()


TARGET = "target "
"""Before the names of targets' options among the arguments, which sources' options may share."""


def _add_option(group: Any, option: Option, *, prefix: str = "") -> None:
    shape = _SHAPES[option.kind]
    if option.metavar is not None:
        shape = {**shape, "metavar": option.metavar}
    group.add_argument(*option.spellings, dest=prefix + option.name, help=option.help, **shape)


_SHAPES: dict[OptionKind, dict[str, Any]] = {
    OptionKind.FLAG: {"action": "store_true"},
    OptionKind.SWITCH: {"nargs": "?", "const": "True", "metavar": "BOOL"},
    OptionKind.TEXT: {"metavar": "NAME"},
    OptionKind.INTEGER: {"type": int, "metavar": "N"},
    OptionKind.NAMES: {"metavar": "NAMES"},
    OptionKind.SHAPES: {"metavar": "TENSORS"},
    OptionKind.SIZES: {"nargs": "+", "action": "extend"},
    OptionKind.DOMAINS: {"metavar": "MAP"},
    OptionKind.VERSIONS: {"metavar": "MAP"},
    OptionKind.NEW_FILE: {"metavar": "FILE"},
    OptionKind.FILES: {"metavar": "FILES"},
    OptionKind.FILE: {"metavar": "FILE"},
}


def add_shared(
    parser: Parser,
    found: Sequence[Frontend],
    *,
    optimizes: bool,
    opset: Sequence[str] = (),
    short_verbose: bool = True,
) -> None:
    """Adds the flags about the result, its verification and the run."""
    group = parser.add_argument_group("result")
    group.add_argument("--target", metavar="NAME", help="what to write; default from the output's suffix")
    opset_help = "opset of the result: 9 to the newest that onnx defines"
    group.add_argument("--opset", *opset, dest="opset", type=int, metavar="N", help=opset_help)
    if not optimizes:
        group.add_argument("--onnxsim", action="store_true", help="optimize the graph (with modelwright's optimizer)")
    check = parser.add_argument_group("verification")
    check.add_argument("--reference", metavar="FILE.npz", help="inputs (in:<name>) and expected outputs (out:<name>)")
    check.add_argument("--no_verify", action="store_true", help="do not run the result; it is then never `verified`")
    check.add_argument("--rtol", type=number, metavar="X", help="relative tolerance")
    check.add_argument("--atol", type=number, metavar="X", help="absolute tolerance")
    for item in interpreters(found):
        check.add_argument(
            item.flag,
            metavar="PATH",
            help=f"interpreter with {item.framework}, to run the source (or ${item.variable})",
        )
    check.add_argument("--seed", type=int, metavar="N", help="seed of random inputs")
    check.add_argument("--layers", action="store_true", help="compare the tensors inside, too; the report lists them")
    add_running(parser, short_verbose=short_verbose)


def execute(arguments: argparse.Namespace) -> int:
    """Runs the command and returns the exit code.

    Raises:
        ModelwrightError: As the run.
    """
    from modelwright.pipeline.request import build_recipe

    source, source_format = _source(arguments)
    settings = {name: getattr(arguments, name, None) for name in SHARED}
    settings |= {item.name: getattr(arguments, item.name, None) for item in interpreters()}
    settings |= {option.name: getattr(arguments, option.name) for option in arguments.options}
    targets = {option.name: getattr(arguments, TARGET + option.name) for option in arguments.target_options}
    recipe = build_recipe(source, arguments.output, settings, source_format=source_format, target_options=targets)
    return run_with_calibration(recipe, arguments)


def _source(arguments: argparse.Namespace) -> tuple[str, str | None]:
    """Path and format of the source; the format that a flag says must be the one the file has."""
    from modelwright.pipeline.detection import detect_format

    flags: _Flags = arguments.flags
    if not flags:
        return arguments.model, None
    flag, path = next(
        (flag, value) for flag in flags if (value := getattr(arguments, f"source{flag}", None)) is not None
    )
    frontend, said = flags[flag]
    _check_options(arguments, flag, frontend)
    found = detect_format(Path(path))
    if found not in (said or frontend.formats):
        raise _other_format(path, found, said, flags)
    return path, found.value


def _check_options(arguments: argparse.Namespace, flag: str, frontend: Frontend) -> None:
    """Refuses options of another source of the same command."""
    for option in arguments.options:
        given = getattr(arguments, option.name) not in (None, False)
        if given and frontend.option(option.name) is None:
            others = [name for name, (owner, _) in arguments.flags.items() if owner.option(option.name) is not None]
            raise UsageError(
                f"{option.spellings[0]} does not apply to {flag}",
                hint=f"it applies to {', '.join(others)}; leave it out",
            )


def _other_format(path: str, found: Format, said: tuple[Format, ...], flags: _Flags) -> UsageError:
    """The error for a file that is not what its flag says."""
    what = f"{path} is a {found.label}" + (f", not a {said[0].label}" if said else "")
    for flag, (frontend, formats) in flags.items():
        if found in (formats or frontend.formats):
            return UsageError(what, hint=f"give it with {flag}")
    command = next((item.commands[0] for item in frontends() if found in item.formats and item.commands), "auto")
    return UsageError(what, hint=f"use `modelwright convert {command}` or `convert auto`")
