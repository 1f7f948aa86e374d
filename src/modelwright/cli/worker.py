"""``modelwright worker``: runs tasks of a conversion service on this machine."""

from __future__ import annotations

import argparse

from modelwright.cli.arguments import Parser
from modelwright.cli.serve import require_service, service_settings, tell
from modelwright.errors import UsageError

CHIPS = ("ascend", "gpu", "arm", "cpu")


def add_arguments(parser: Parser) -> None:
    """Adds the command's arguments."""
    parser.description = (
        "Runs tasks of a service that `modelwright serve --engine celery` serves elsewhere. Database, store, storages "
        "and broker are the servers' and come from the same variables MODELWRIGHT_SERVICE_..."
    )
    parser.add_argument(
        "--chips", default=",".join(CHIPS), metavar="LIST", help=f"the queues to work on (default {','.join(CHIPS)})"
    )
    parser.add_argument("--data", metavar="DIR", help="folder for what is under way (modelwright-data)")
    parser.add_argument("--workers", type=int, metavar="N", help="tasks at a time (half of the processors)")
    parser.add_argument("--debug", action="store_true", help="show the Python traceback of an error")
    parser.set_defaults(parser=parser, execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Works until it is interrupted, and returns the exit code.

    Raises:
        ToolMissingError: An extra is not installed.
        UsageError: A setting is not valid, or another worker uses the folder.
    """
    chips = parse_chips(arguments.chips)
    require_service()
    from modelwright.service.work import work

    work(service_settings(data=arguments.data, workers=arguments.workers), chips=chips, tell=tell)
    return 0


def parse_chips(text: str) -> tuple[str, ...]:
    """``ascend,gpu`` as names of queues.

    Raises:
        UsageError: One is none.
    """
    named = dict.fromkeys(part.strip() for part in text.split(",") if part.strip())
    wrong = [name for name in named if name not in CHIPS]
    if wrong or not named:
        what = f"no queue {wrong[0]!r}" if wrong else "no queue is named"
        raise UsageError(f"--chips {text}: {what}", hint=f"some of {','.join(CHIPS)}")
    return tuple(named)
