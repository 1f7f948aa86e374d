"""The entry point: parses, runs the command, and turns errors into messages and exit codes."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import Final, NoReturn

from modelwright.cli.arguments import Parser, parse
from modelwright.errors import InternalError, ModelwrightError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""


_COMMANDS: Final = (
    ("convert", "convert", "convert a model and verify the result"),
    ("quantize", "quantize", "calibrate a model and write it with integers"),
    ("doctor", "doctor", "say what is wrong with calibration data or a model before it is quantized"),
    ("templates", "templates", "list conversion templates, or show one"),
    ("info", "info", "show what a model holds"),
    ("check", "check", "say whether a target takes a model, and why not"),
    ("diff", "diff", "show how two models differ; exit code 1 if they do"),
    ("verify", "verify", "check a model against its source, and find the first layer that differs"),
    ("gears", "gears", "choose the sizes to compile a model for, from real data"),
    ("run", "run", "run a recipe file, or repeat the run of a .report.json"),
    ("helper", "helper_info", "small aids: helper info"),
    ("serve", "serve", "run the conversion service (needs modelwright[service])"),
    ("worker", "worker", "run tasks of a conversion service (needs modelwright[service,scale])"),
    ("tasks", "tasks", "work with a conversion service"),
)
"""Commands in the order of the help: the name, the module here that adds its arguments, and what it is for."""


def build_parser() -> Parser:
    """The parser with all commands; a command's module is imported when it is asked for."""
    from modelwright import __version__

    parser = Parser(
        prog="modelwright",
        description="Turns a trained model into one that a chip runs, and proves that it computes the same.",
        epilog="exit codes: 0 done, 2 input or options, 3 tool failed or missing, 4 verification failed, 70 our fault",
    )
    parser.add_argument("--version", action="version", version=f"modelwright {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)
    for name, module, purpose in _COMMANDS:
        commands.add_parser(name, help=purpose, fill=functools.partial(_add_arguments, module))
    return parser


def _add_arguments(module: str, parser: Parser) -> None:
    importlib.import_module(f"modelwright.cli.{module}").add_arguments(parser)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code.

    Args:
        argv: Arguments without the program's name; those of the process by default.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in arguments
    if argv is None:
        signal.signal(signal.SIGTERM, _terminate)
        gc.disable()  # the process ends with the command; looking for cycles on the way costs 5 % of a conversion
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy multiplies nothing here; its threads cost 0.07 s
    try:
        parsed = parse(build_parser(), arguments)
        parsed.own_process = argv is None
        return int(parsed.execute(parsed))
    except ModelwrightError as error:
        if debug:
            raise
        return _show(error)
    except KeyboardInterrupt as interrupt:
        sys.stderr.write(f"interrupted; {interrupt.args[0] if interrupt.args else 'nothing was left behind'}\n")
        return INTERRUPTED
    except BrokenPipeError:
        return _closed_pipe()
    except Exception as error:  # the last line of defence: a fault becomes a message
        if debug:
            raise
        return _show_fault(error)


def command() -> NoReturn:
    """The command as a process: runs it and ends, leaving the memory to the system, which is faster than to free it."""
    code = main()
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _terminate(number: int, frame: object) -> NoReturn:
    """Ends the process by an exception, so that what was begun is removed as after Ctrl-C."""
    del frame
    raise SystemExit(128 + number)


def _show(error: ModelwrightError) -> int:
    from modelwright.cli.error_view import show_error

    show_error(error)
    return error.exit_code


def _show_fault(error: Exception) -> int:
    from modelwright.cli.error_view import show_fault

    show_fault(error)
    return InternalError.exit_code


def _closed_pipe() -> int:
    """The reader of stdout went away (``| head``): not worth a message, nor one when Python flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
