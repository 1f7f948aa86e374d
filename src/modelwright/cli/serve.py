"""``modelwright serve``: the conversion service on this machine."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelwright.cli.arguments import Parser
from modelwright.errors import ToolMissingError, UsageError

if TYPE_CHECKING:
    from modelwright.service.settings import ServiceSettings

NEEDED = ("fastapi", "httpx", "jinja2", "prometheus_client", "pydantic_settings", "sqlalchemy", "uvicorn")


def add_arguments(parser: Parser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, metavar="N", help="port to listen on (8080; 0: a free one)")
    parser.add_argument("--data", metavar="DIR", help="folder of database, stores and cache (modelwright-data)")
    parser.add_argument("--workers", type=int, metavar="N", help="tasks at a time (half of the processors)")
    parser.add_argument(
        "--engine", choices=("local", "celery"), help="who runs tasks: this machine, or `modelwright worker` elsewhere"
    )
    parser.add_argument(
        "--root",
        action="append",
        default=[],
        metavar="[PROJECT=]DIR",
        help="a further folder that all projects, or one, may read and write; may be repeated",
    )
    parser.add_argument("--debug", action="store_true", help="show the Python traceback of an error")
    parser.set_defaults(parser=parser, execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Serves until it is interrupted, and returns the exit code.

    Raises:
        ToolMissingError: The extra is not installed.
        UsageError: A setting is not valid, or another service uses the folder.
    """
    require_service()
    from modelwright.service.serve import serve

    roots = parse_roots(arguments.root)
    settings = service_settings(data=arguments.data, workers=arguments.workers, roots=roots, engine=arguments.engine)
    serve(settings, host=arguments.host, port=arguments.port, tell=tell)
    return 0


def service_settings(
    *,
    data: str | None,
    workers: int | None,
    roots: dict[str, list[Path]] | None = None,
    engine: str | None = None,
) -> ServiceSettings:
    """The settings: what flags say, else what the environment says.

    Raises:
        UsageError: One is not valid.
    """
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from modelwright.service.settings import ServiceSettings

    given: dict[str, Any] = {"data": data, "workers": workers, "roots": roots, "engine": engine}
    hint = "flags, or variables MODELWRIGHT_SERVICE_..."
    try:
        return ServiceSettings(**{name: value for name, value in given.items() if value not in (None, {})})
    except ValidationError as error:
        lines = [f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()]
        raise UsageError("; ".join(lines), hint=hint) from None
    except SettingsError as error:
        raise UsageError(f"{error}: it is no JSON", hint=hint) from None


def require_service() -> None:
    """Lets through where the extra is installed.

    Raises:
        ToolMissingError: It is not.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ToolMissingError(f"{', '.join(missing)} not installed", hint="pip install 'modelwright[service]'")


def parse_roots(texts: list[str]) -> dict[str, list[Path]]:
    """``[PROJECT=]DIR`` texts as folders by project; ``*`` for all.

    Raises:
        UsageError: One is no folder.
    """
    found: dict[str, list[Path]] = {}
    for text in texts:
        project, equals, folder = text.partition("=")
        path = Path(folder if equals else text)
        if not path.is_dir():
            raise UsageError(f"--root {text}: no such folder", hint="write DIR or PROJECT=DIR")
        found.setdefault(project if equals else "*", []).append(path.absolute())
    return found


def tell(text: str) -> None:
    """Tells a line at once, also where nobody looks yet."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
