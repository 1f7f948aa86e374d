"""``modelwright tasks``: a conversion service from the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from modelwright.cli.arguments import Parser
from modelwright.cli.convert_template import parse_settings
from modelwright.cli.output import print_json, print_text
from modelwright.cli.service_connection import connect, sign_in
from modelwright.cli.tasks_parts import add_part, add_task, find_task, tell_task
from modelwright.cli.tasks_project import add_project_parts
from modelwright.errors import UnknownNameError


def add_arguments(tasks: Parser) -> None:
    """Adds the command and its parts."""
    parts = tasks.add_subparsers(dest="part", metavar="PART", required=True, parser_class=Parser)
    part = add_part(parts, "sign-in", "keep the address and a token of a service", _sign_in)
    part.add_argument("link", metavar="LINK", help="the link that `modelwright serve` prints")
    _add_create(parts)
    _add_list(parts)
    add_task(add_part(parts, "show", "show a task", _show, shows=True))
    _add_log(parts)
    add_task(add_part(parts, "cancel", "end a task that is not over", _cancel, shows=True))
    _add_wait(add_task(add_part(parts, "retry", "start a task that failed or was canceled again", _retry, shows=True)))
    part = add_task(add_part(parts, "wait", "wait until a task is over", _wait, shows=True))
    part.add_argument("--timeout", type=float, metavar="SECONDS", help="wait no longer")
    _add_clone(parts)
    part = add_part(parts, "delete", "delete tasks that are over, for ever", _delete)
    part.add_argument("tasks", nargs="+", metavar="TASK", help="names or ids")
    _add_download(parts)
    add_project_parts(parts)


def _add_list(parts: Any) -> None:
    part = add_part(parts, "list", "list tasks", _list, shows=True)
    part.add_argument("--status", action="append", default=[], metavar="NAME", help="only in this state; repeatable")
    part.add_argument("--template", default="", metavar="NAME", help="only of this template")
    part.add_argument("--chip", default="", metavar="NAME", help="only for this chip")
    part.add_argument("--search", default="", metavar="TEXT", help="in name or description")
    part.add_argument("--sort", choices=("created", "name"), default="created", help="newest first, or by name")
    part.add_argument("--order", choices=("asc", "desc"), default="", help="the other way round than --sort says")


def _add_log(parts: Any) -> None:
    part = add_task(add_part(parts, "log", "show a task's log", _log))
    part.add_argument("--search", default="", metavar="TEXT", help="only lines that hold it")
    part.add_argument("--level", choices=("info", "notice", "warning", "error"), default="", help="only of this level")
    part.add_argument("--follow", "-f", action="store_true", help="go on until the task is over")


def _add_download(parts: Any) -> None:
    part = add_task(add_part(parts, "download", "download a task's artifacts", _download))
    part.add_argument("--output", "-o", required=True, metavar="PATH", help="folder, or with --archive a file")
    which = part.add_mutually_exclusive_group()
    which.add_argument("--name", action="append", default=[], metavar="NAME", help="only this artifact; repeatable")
    which.add_argument("--archive", action="store_true", help="all as one zip archive")


def _add_create(parts: Any) -> None:
    part = add_part(parts, "create", "make a task", _create, shows=True)
    part.add_argument("template", metavar="TEMPLATE", help="the template")
    part.add_argument("--name", default="", metavar="NAME", help="the task's name; default convert-xxxx")
    part.add_argument("--description", default="", metavar="TEXT", help="what it is")
    part.add_argument("--input", "-i", required=True, metavar="PATH", help="URL of a folder, or a local path to upload")
    part.add_argument("--output", "-o", metavar="URL", help="URL of the output folder; default a new one")
    part.add_argument("--priority", type=int, choices=range(10), default=4, help="9 is the most urgent (4)")
    part.add_argument("--set", nargs="+", action="extend", default=[], metavar="SETTING=VALUE", help="settings")
    _add_wait(part)


def _add_wait(part: Parser) -> None:
    part.add_argument("--wait", action="store_true", help="wait until it is over; exit code 3 unless it succeeds")


def _add_clone(parts: Any) -> None:
    part = add_task(add_part(parts, "clone", "make a task like another one, with changes", _clone, shows=True))
    part.add_argument("--name", default="", metavar="NAME", help="the new task's name; default convert-xxxx")
    part.add_argument("--description", metavar="TEXT", help="another description")
    part.add_argument("--template", metavar="TEMPLATE", help="another template")
    part.add_argument("--input", "-i", metavar="URL", help="another input folder")
    part.add_argument("--output", "-o", default="", metavar="URL", help="URL of the output folder; default a new one")
    part.add_argument("--priority", type=int, choices=range(10), help="another priority")
    part.add_argument("--set", nargs="+", action="extend", default=[], metavar="SETTING=VALUE", help="changed settings")
    _add_wait(part)


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
            priority=arguments.priority,
            settings=dict(parse_settings(arguments.set)),
        )
        task = client.create_task(new)
        if arguments.wait:
            task = client.wait(task.id)
    return tell_task(task, arguments)


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
        found = list(
            client.tasks(
                status=status,
                template=arguments.template,
                chip=arguments.chip,
                search=arguments.search,
                sort=arguments.sort,
                order=arguments.order,
            )
        )
    if arguments.json:
        print_json([task.model_dump(mode="json") for task in found])
    else:
        show_tasks(found)
    return 0


def _show(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        return tell_task(find_task(client, arguments.task), arguments, exits=False)


def _log(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        task = find_task(client, arguments.task)
        for line in client.log(task.id, search=arguments.search, level=arguments.level, follow=arguments.follow):
            print_text(f"{line.time} {line.level:<7} {line.stage:<8} {line.message}")
    return 0


def _cancel(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        return tell_task(client.cancel(find_task(client, arguments.task).id), arguments, exits=False)


def _retry(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        task = client.retry(find_task(client, arguments.task).id)
        return tell_task(client.wait(task.id) if arguments.wait else task, arguments, exits=arguments.wait)


def _wait(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        task = client.wait(find_task(client, arguments.task).id, timeout=arguments.timeout)
    return tell_task(task, arguments)


def _clone(arguments: argparse.Namespace) -> int:
    from modelwright.client import TaskChanges

    with connect(arguments) as client:
        old = find_task(client, arguments.task)
        changes = TaskChanges(
            name=arguments.name,
            description=arguments.description,
            template=arguments.template,
            input=arguments.input,
            output=arguments.output,
            priority=arguments.priority,
            settings={**old.settings, **parse_settings(arguments.set)},
        )
        task = client.clone(old.id, changes)
        return tell_task(client.wait(task.id) if arguments.wait else task, arguments, exits=arguments.wait)


def _delete(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        found = {find_task(client, name).id: name for name in arguments.tasks}
        answer = client.delete(list(found))
    for task in answer.deleted:
        print_text(f"deleted  {found[task]}")
    for task, problem in answer.kept.items():
        print_text(f"kept     {found[task]}: {problem.message}")
    return 2 if answer.kept else 0


def _download(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        task = find_task(client, arguments.task)
        if arguments.archive:
            print_text(str(client.archive(task.id, Path(arguments.output))))
            return 0
        for path in client.download(task.id, Path(arguments.output), names=arguments.name):
            print_text(str(path))
    return 0
