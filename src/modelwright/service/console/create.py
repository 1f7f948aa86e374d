"""The form that makes a task: fields and settings of a template, checked as one types and when it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final

from fastapi import Query
from fastapi.responses import Response

from modelwright.service.clock import new_id
from modelwright.service.console.readiness import readiness_of
from modelwright.service.console.route import page_router
from modelwright.service.console.visit import Fields, Posted, Visit, Visiting
from modelwright.service.errors import ExistsError, Fault, InvalidRequestError
from modelwright.service.health import list_workers
from modelwright.service.projects.roles import Role
from modelwright.service.storage.endpoints import list_roots
from modelwright.service.tasks.rules import suggested_name
from modelwright.service.tasks.schemas import NewTask, Task, TaskChanges
from modelwright.templates.catalogue import template_named
from modelwright.templates.folder import check_folder
from modelwright.templates.template import Template
from modelwright.templates.values import check_values

router = page_router()
_SETTING: Final = "settings."
_PLAIN: Final = ("name", "description", "input", "output")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A form as it was filled in.

    Attributes:
        template: The template.
        name: Name of the task.
        description: Its description.
        input: URL of the input folder.
        output: URL of the output folder; empty for a new one.
        values: Values of all settings.
        clone: Id of the task that is cloned; empty for none.
        key: Makes one task of a form that is sent twice.
    """

    template: Template
    name: str
    description: str
    input: str
    output: str
    values: dict[str, str]
    clone: str
    key: str

    @property
    def settings(self) -> dict[str, str]:
        """The settings that differ from their defaults."""
        known = {item.id: item.default for item in self.template.settings}
        return {name: value for name, value in self.values.items() if value and value != known.get(name)}

    @property
    def new(self) -> NewTask:
        """The request that it makes."""
        return NewTask(
            name=self.name,
            description=self.description,
            template=self.template.name,
            input=self.input,
            output=self.output,
            settings=dict(self.settings),
        )


@router.get("/tasks/new")
def show(
    visit: Visiting,
    template: Annotated[str, Query(max_length=64)] = "",
    clone: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The form: empty for a template, or filled in as another task was."""
    visit.principal.require(Role.EDITOR)
    if not template and not clone:
        return visit.go("/templates")
    old = visit.context.tasks.get(visit.principal, clone) if clone else None
    return _form(visit, _begun(template_named(old.template if old else template), old), [])


@router.post("/tasks/new/check")
def check(visit: Visiting, fields: Posted) -> Response:
    """What is wrong with the fields that are filled in, and with the one that was just changed."""
    visit.principal.require(Role.EDITOR)
    draft = _draft(fields)
    changed = visit.request.headers.get("HX-Trigger-Name", "")
    filled = {name for name, value in fields.pairs if value} | {changed}
    places = [*_PLAIN, *(f"{_SETTING}{item.id}" for item in draft.template.settings)]
    faults = [fault for fault in _faults(visit, draft) if fault.where in filled]
    looked = changed == "input" or changed.startswith(_SETTING)
    found = _found(visit, draft, faults) if looked else None
    return visit.page("faults.html", {"places": places, "faults": faults, "found": found})


@router.post("/tasks/new")
def make(visit: Visiting, fields: Posted) -> Response:
    """Makes the task and shows it; or shows the form again with all that is wrong, or in another language."""
    visit.principal.require(Role.EDITOR)
    draft = _draft(fields)
    switched = visit.switched(fields)
    if switched is not None:
        answer = _form(switched, draft, [])
        switched.keep_switches(answer)
        return answer
    sent = replace(draft, output=draft.output or _fresh_output(visit, draft.name))
    tasks = visit.context.tasks
    try:
        if draft.clone:
            new = sent.new
            changes = TaskChanges(
                name=new.name or "-",
                description=new.description,
                template=new.template,
                input=new.input,
                output=new.output,
                settings=new.settings,
            )
            task = tasks.clone(visit.principal, draft.clone, changes)
        else:
            task = tasks.create(visit.principal, sent.new, key=draft.key or None)
    except (InvalidRequestError, ExistsError):
        return _form(visit, draft, _faults(visit, draft))
    return visit.go(f"/tasks/{task.id}")


def _form(visit: Visit, draft: Draft, faults: Sequence[Fault]) -> Response:
    t = visit.t
    labels = {name: t(f"create.{name}") for name in _PLAIN}
    labels |= {f"{_SETTING}{item.id}": t.of(item.label) for item in draft.template.settings}
    way = readiness_of(draft.template, list_workers(visit.context, visit.principal))
    values = {"draft": draft, "template": draft.template, "faults": faults, "labels": labels, "way": way}
    return visit.page("create.html", values, status=422 if faults else 200)


def _begun(template: Template, old: Task | None) -> Draft:
    values = {item.id: item.default for item in template.settings}
    return Draft(
        template=template,
        name=suggested_name(),
        description=old.description if old else "",
        input=old.input if old else "",
        output="",
        values=values | (old.settings if old else {}),
        clone=old.id if old else "",
        key=new_id(),
    )


def _draft(fields: Fields) -> Draft:
    return Draft(
        template=template_named(fields.get("template")),
        name=fields.get("name").strip(),
        description=fields.get("description").strip(),
        input=fields.get("input").strip(),
        output=fields.get("output").strip(),
        values={name: value.strip() for name, value in fields.below(_SETTING).items()},
        clone=fields.get("clone"),
        key=fields.get("key")[:200],
    )


def _faults(visit: Visit, draft: Draft) -> list[Fault]:
    """What is wrong; an empty output folder is not, since one is made."""
    faults = visit.context.tasks.faults(visit.principal, draft.new)
    return [fault for fault in faults if draft.output or fault.where != "output"]


def _found(visit: Visit, draft: Draft, faults: Sequence[Fault]) -> dict[str, tuple[str, ...]]:
    """The files by role of an input folder that is as the template asks; nothing for another one."""
    if not draft.input or any(fault.where == "input" for fault in faults):
        return {}
    names = visit.context.store.place(visit.principal.project, draft.input).listing()
    found, _ = check_folder(draft.template, names, check_values(draft.template, draft.settings)[0])
    return {role: files for role, files in found.files.items() if files}


def _fresh_output(visit: Visit, name: str) -> str:
    """A folder named as the task, or another one where there is something already."""
    context, project = visit.context, visit.principal.project
    root = list_roots(context, visit.principal)[0]
    wanted = f"{root}/outputs/{name}"
    return wanted if name and not context.store.place(project, wanted).taken() else context.store.fresh_output(project)
