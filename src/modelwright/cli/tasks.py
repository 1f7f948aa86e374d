"""``modelwright tasks``: a conversion service from the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelwright.cli.arguments import Parser
from modelwright.cli.convert_template import parse_settings
from modelwright.cli.output import print_json, print_text
from modelwright.cli.serve import require_service
from modelwright.cli.service_connection import add_connection, connect, sign_in
from modelwright.errors import ToolError, UnknownNameError

if TYPE_CHECKING:
    from modelwright.client import Client, Task


def add_arguments(tasks: Parser) -> None:
    """Adds the command and its parts."""
    parts = tasks.add_subparsers(dest="part", metavar="PART", required=True, parser_class=Parser)
    part = _part(parts, "sign-in", "keep the address and a token of a service", _sign_in)
    part.add_argument("link", metavar="LINK", help="the link that `modelwright serve` prints")
    _add_create(parts)
    part = _part(parts, "list", "list tasks", _list, shows=True)
    part.add_argument("--status", action="append", default=[], metavar="NAME", help="only in this state; repeatable")
    part.add_argument("--search", default="", metavar="TEXT", help="in name or description")
    part.add_argument("--sort", choices=("created", "name"), default="created", help="newest first, or by name")
    _named(_part(parts, "show", "show a task", _show, shows=True))
    part = _named(_part(parts, "log", "show a task's log", _log))
    part.add_argument("--search", default="", metavar="TEXT", help="only lines that hold it")
    part.add_argument("--follow", "-f", action="store_true", help="go on until the task is over")
    _named(_part(parts, "cancel", "end a task that is not over", _cancel, shows=True))
    _named(_part(parts, "retry", "start a task that failed or was canceled again", _retry, shows=True))
    _add_clone(parts)
    part = _part(parts, "delete", "delete tasks that are over, for ever", _delete)
    part.add_argument("tasks", nargs="+", metavar="TASK", help="names or ids")
    part = _named(_part(parts, "download", "download a task's artifacts", _download))
    part.add_argument("--output", "-o", required=True, metavar="DIR", help="where they go")


def _part(
    parts: Any, name: str, text: str, execute: Callable[[argparse.Namespace], int], *, shows: bool = False
) -> Parser:
    part: Parser = parts.add_parser(name, help=text)
    if shows:
        part.add_argument("--json", action="store_true", help="print the answer as JSON")
    add_connection(part)
    part.set_defaults(parser=part, execute=_Execute(execute))
    return part


class _Execute:
    """A part's function, once it is sure that what it needs is installed."""

    def __init__(self, execute: Callable[[argparse.Namespace], int]) -> None:
        self._execute = execute

    def __call__(self, arguments: argparse.Namespace) -> int:
        require_service()
        return self._execute(arguments)


def _named(part: Parser) -> Parser:
    part.add_argument("task", metavar="TASK", help="name or id")
    return part


def _add_create(parts: Any) -> None:
    part = _part(parts, "create", "make a task", _create, shows=True)
    part.add_argument("template", metavar="TEMPLATE", help="the template")
    part.add_argument("--name", default="", metavar="NAME", help="the task's name; default convert-xxxx")
    part.add_argument("--description", default="", metavar="TEXT", help="what it is")
    part.add_argument("--input", "-i", required=True, metavar="PATH", help="URL of a folder, or a local path to upload")
    part.add_argument("--output", "-o", metavar="URL", help="URL of the output folder; default a new one")
    part.add_argument("--set", nargs="+", action="extend", default=[], metavar="SETTING=VALUE", help="settings")
    part.add_argument("--wait", action="store_true", help="wait until it is over; exit code 3 unless it succeeds")


def _add_clone(parts: Any) -> None:
    part = _named(_part(parts, "clone", "make a task like another one, with changes", _clone, shows=True))
    part.add_argument("--name", default="", metavar="NAME", help="the new task's name; default convert-xxxx")
    part.add_argument("--set", nargs="+", action="extend", default=[], metavar="SETTING=VALUE", help="changed settings")


def _sign_in(arguments: argparse.Namespace) -> int:
    print_text(f"signed in at {sign_in(arguments.link)}")
    return 0


def _create(arguments: argparse.Namespace) -> int:
    from modelwright.client import NewTask
    from modelwright.service.tasks.rules import suggested_name

    with connect(arguments) as client:
        source = arguments.input if "://" in arguments.input else client.upload(Path(arguments.input))
        name = arguments.name or suggested_name()
        new = NewTask(
            name=name,
            description=arguments.description,
            template=arguments.template,
            input=source,
            output=arguments.output or f"{client.roots()[0]}/outputs/{name}",
            settings=dict(parse_settings(arguments.set)),
        )
        task = client.create_task(new)
        if arguments.wait:
            task = client.wait(task.id)
    return _tell(task, arguments)


def _list(arguments: argparse.Namespace) -> int:
    from modelwright.cli.tasks_view import show_tasks
    from modelwright.client import TaskStatus

    known = {item.value.lower(): item for item in TaskStatus}
    wrong = [name for name in arguments.status if name.lower() not in known]
    if wrong:
        states = ", ".join(item.value for item in TaskStatus)
        raise UnknownNameError(f"no state named {wrong[0]!r}", hint=f"the states are {states}")
    status = [known[name.lower()] for name in arguments.status]
    with connect(arguments) as client:
        found = list(client.tasks(status=status, search=arguments.search, sort=arguments.sort))
    if arguments.json:
        print_json([task.model_dump(mode="json") for task in found])
    else:
        show_tasks(found)
    return 0


def _show(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        return _tell(_find(client, arguments.task), arguments, exits=False)


def _log(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        task = _find(client, arguments.task)
        for line in client.log(task.id, search=arguments.search, follow=arguments.follow):
            print_text(f"{line.time} {line.level:<7} {line.stage:<8} {line.message}")
    return 0


def _cancel(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        return _tell(client.cancel(_find(client, arguments.task).id), arguments, exits=False)


def _retry(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        return _tell(client.retry(_find(client, arguments.task).id), arguments, exits=False)


def _clone(arguments: argparse.Namespace) -> int:
    from modelwright.client import TaskChanges

    with connect(arguments) as client:
        old = _find(client, arguments.task)
        settings = {**old.settings, **parse_settings(arguments.set)}
        changes = TaskChanges(name=arguments.name, settings=dict(settings))
        return _tell(client.clone(old.id, changes), arguments, exits=False)


def _delete(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        found = {_find(client, name).id: name for name in arguments.tasks}
        answer = client.delete(list(found))
    for task in answer.deleted:
        print_text(f"deleted  {found[task]}")
    for task, problem in answer.kept.items():
        print_text(f"kept     {found[task]}: {problem.message}")
    return 2 if answer.kept else 0


def _download(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        task = _find(client, arguments.task)
        for path in client.download(task.id, Path(arguments.output)):
            print_text(str(path))
    return 0


def _find(client: Client, name: str) -> Task:
    """The task of that id or name.

    Raises:
        NotThereError: There is none.
    """
    found = next((task.id for task in client.tasks(search=name) if task.name == name), name)
    return client.task(found)


def _tell(task: Task, arguments: argparse.Namespace, *, exits: bool = True) -> int:
    from modelwright.cli.tasks_view import show_task
    from modelwright.client import TaskStatus

    if arguments.json:
        print_json(task.model_dump(mode="json"))
    else:
        show_task(task)
    failed = task.status in (TaskStatus.FAILED, TaskStatus.CANCELED)
    return ToolError.exit_code if exits and failed else 0
