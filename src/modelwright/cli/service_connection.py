"""Which service the command line talks to: flags, the environment, or what ``tasks sign-in`` kept."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from modelwright.cli.arguments import Parser
from modelwright.errors import UsageError

if TYPE_CHECKING:
    from modelwright.client import Client

_ADDRESS, _TOKEN = "MODELWRIGHT_SERVER", "MODELWRIGHT_TOKEN"


def add_connection(parser: Parser) -> None:
    """Adds the flags that every command of a service has."""
    group = parser.add_argument_group("service")
    group.add_argument("--server", metavar="URL", help=f"the service's address (or ${_ADDRESS})")
    group.add_argument("--token", metavar="TOKEN", help=f"a token (better in ${_TOKEN}, or by sign-in)")
    group.add_argument("--project", metavar="NAME", default="", help="operators: the project to work in")
    group.add_argument("--debug", action="store_true", help="show the Python traceback of an error")


def connect(arguments: argparse.Namespace) -> Client:
    """The client of the service that flags, environment or an earlier sign-in name.

    Raises:
        UsageError: None of them does.
    """
    from modelwright.client import Client

    kept = _kept()
    address = arguments.server or os.environ.get(_ADDRESS) or kept.get("server", "")
    token = arguments.token or os.environ.get(_TOKEN) or (kept.get("token", "") if _same(address, kept) else "")
    if not address:
        raise UsageError("no service is named", hint="`modelwright tasks sign-in LINK`, or --server and --token")
    return Client(address, token=token, project=arguments.project)


def _same(address: str, kept: dict[str, Any]) -> bool:
    """Whether the token that was kept is for this service; it goes to no other."""
    return address.rstrip("/") == str(kept.get("server", "")).rstrip("/")


def sign_in(link: str) -> str:
    """Uses a sign-in link and keeps address and token; gives the address.

    Raises:
        UsageError: It is no sign-in link.
        SignInError: It was used, or is too old.
    """
    from modelwright.client import Client

    parts = urlsplit(link)
    code = parse_qs(parts.query).get("code", [""])[0]
    if parts.scheme not in ("http", "https") or not code:
        raise UsageError("that is no sign-in link", hint="`modelwright serve` prints one")
    address = f"{parts.scheme}://{parts.netloc}"
    with Client(address) as client:
        token = client.sign_in(code)
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.touch(mode=0o600)
    part.write_text(json.dumps({"server": address, "token": token}), encoding="utf-8")
    part.replace(path)
    return address


def _path() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "modelwright" / "service.json"


def _kept() -> dict[str, Any]:
    try:
        found = json.loads(_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
