"""Parts of ``modelwright tasks`` about the project and the service: folders, tokens, workers, the audit trail."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelwright.cli.output import print_json, print_text
from modelwright.cli.quantities import bytes_text
from modelwright.cli.service_connection import connect
from modelwright.cli.tasks_parts import add_part
from modelwright.cli.tasks_view import show_rows

if TYPE_CHECKING:
    from pydantic import BaseModel

ROLES = ("viewer", "editor", "admin")


def add_project_parts(parts: Any) -> None:
    """Adds them."""
    part = add_part(parts, "upload", "upload a model; prints the URL for --input", _upload)
    part.add_argument("path", metavar="PATH", help="folder or archive")
    part.add_argument("--resume", default="", metavar="UPLOAD", help="go on with an upload that broke off, by its id")
    part = add_part(parts, "storage", "list the project's folders, or what is in one", _storage, shows=True)
    part.add_argument("url", nargs="?", default="", metavar="URL", help="a folder; default the project's roots")
    add_part(parts, "me", "show who the token belongs to", _me, shows=True)
    add_part(parts, "workers", "list what runs tasks", _workers, shows=True)
    part = add_part(parts, "tokens", "list the project's tokens, make one, or revoke one (admins)", _tokens, shows=True)
    change = part.add_mutually_exclusive_group()
    change.add_argument("--make", default="", metavar="LABEL", help="make a token; it is printed this once")
    change.add_argument("--revoke", default="", metavar="ID", help="end a token")
    part.add_argument("--role", choices=ROLES, default="editor", help="role of the token that is made (editor)")
    part = add_part(parts, "projects", "list projects, or make one (operators)", _projects)
    part.add_argument("--make", default="", metavar="NAME", help="make a project; prints a token of its first admin")
    part = add_part(parts, "audit", "show who did what (admins)", _audit, shows=True)
    part.add_argument("--most", type=int, default=100, metavar="N", help="rows at most, the newest first (100)")


def _upload(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        print_text(client.upload(Path(arguments.path), upload=arguments.resume))
    return 0


def _storage(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        if not arguments.url:
            roots = client.roots()
            if arguments.json:
                print_json(roots)
            else:
                print_text("\n".join(roots))
            return 0
        found = client.listing(arguments.url).entries
    rows = [(f"{item.name}/" if item.folder else item.name, _size(item.bytes), item.url) for item in found]
    return _tell(arguments, found, ("name", "size", "url"), rows, "nothing is there")


def _size(count: int | None) -> str:
    return "" if count is None else bytes_text(count)


def _me(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        who = client.who()
    rows = [(who.label, who.project, who.role.value, "yes" if who.operator else "")]
    return _tell(arguments, [who], ("label", "project", "role", "operator"), rows, "")


def _workers(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        found = client.workers()
    rows = [
        (
            item.name,
            str(item.slots),
            ", ".join(item.queues),
            ", ".join(f"{tool.name} {tool.version}".strip() for tool in item.toolchains),
        )
        for item in found
    ]
    return _tell(arguments, found, ("name", "slots", "queues", "toolchains"), rows, "nothing runs tasks now")


def _tokens(arguments: argparse.Namespace) -> int:
    from modelwright.client import Role

    with connect(arguments) as client:
        if arguments.make:
            print_text(client.create_token(arguments.make, Role(arguments.role)))
            return 0
        if arguments.revoke:
            client.revoke_token(arguments.revoke)
            print_text(f"revoked  {arguments.revoke}")
            return 0
        found = client.tokens()
    rows = [(item.id, item.label, item.role.value, item.created, item.revoked or "") for item in found]
    return _tell(arguments, found, ("id", "label", "role", "created", "revoked"), rows, "no tokens")


def _projects(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        print_text(client.create_project(arguments.make) if arguments.make else "\n".join(client.projects()))
    return 0


def _audit(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        found = [item for item, _ in zip(client.audit(), range(arguments.most), strict=False)]
    rows = [(item.time, item.actor, item.action, item.object) for item in found]
    return _tell(arguments, found, ("time", "who", "what", "object"), rows, "nobody did anything yet")


def _tell(
    arguments: argparse.Namespace,
    found: Sequence[BaseModel],
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    nothing: str,
) -> int:
    if arguments.json:
        print_json([item.model_dump(mode="json") for item in found])
    else:
        show_rows(names, rows, nothing)
    return 0
