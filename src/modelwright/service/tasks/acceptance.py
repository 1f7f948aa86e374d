"""Whether a request can become a task: its fields, its template, its input and output folders; everything at once."""

from __future__ import annotations

from dataclasses import dataclass

from modelwright.errors import ModelwrightError, UnknownNameError
from modelwright.service.errors import Fault, InvalidRequestError, ServiceError, UnavailableError
from modelwright.service.projects.roles import Principal
from modelwright.service.storage.store import Store
from modelwright.service.tasks.rules import as_texts, description_faults, name_faults, path_faults
from modelwright.service.tasks.schemas import NewTask
from modelwright.templates.catalogue import template_named
from modelwright.templates.folder import check_folder
from modelwright.templates.template import Template
from modelwright.templates.values import check_values


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A request that can become a task.

    Attributes:
        new: The request.
        template: Its template.
        input: URL of the input folder, in its one spelling.
        output: URL of the output folder, likewise.
        settings: The settings that were given, as texts.
    """

    new: NewTask
    template: Template
    input: str
    output: str
    settings: dict[str, str]


def accept(principal: Principal, new: NewTask, store: Store) -> Accepted:
    """Holds a request against all rules.

    Raises:
        InvalidRequestError: Something is wrong; everything is listed.
    """
    accepted, faults = examine(principal, new, store)
    if accepted is None:
        count = f"{len(faults)} thing{'s are' if len(faults) > 1 else ' is'} not as the specification says"
        raise InvalidRequestError(count, hint="each is listed with what to do", faults=faults)
    return accepted


def examine(principal: Principal, new: NewTask, store: Store) -> tuple[Accepted | None, list[Fault]]:
    """A request held against all rules, and everything that is wrong with it."""
    faults = [*name_faults(new.name), *description_faults(new.description)]
    faults += [*path_faults("input", new.input), *path_faults("output", new.output)]
    template = _template(new.template, faults)
    settings = as_texts(new.settings)
    if template is not None:
        wrong = check_values(template, settings)[1]
        faults += [Fault(where=item.where, message=item.message, remedy=item.remedy) for item in wrong]
    source = _input(principal, new, template, store, faults)
    output = _output(principal, new, store, faults, source)
    if faults or template is None:
        return None, faults
    return Accepted(new=new, template=template, input=source, output=output, settings=settings), faults


def _template(name: str, faults: list[Fault]) -> Template | None:
    if not name:
        faults.append(Fault(where="template", message="it is missing", remedy="GET /v1/templates lists them"))
        return None
    try:
        return template_named(name)
    except UnknownNameError as error:
        faults.append(Fault(where="template", message=error.message, remedy=error.hint))
        return None


def _input(principal: Principal, new: NewTask, template: Template | None, store: Store, faults: list[Fault]) -> str:
    if not new.input or any(fault.where == "input" for fault in faults):
        return ""
    try:
        place = store.place(principal.project, new.input)
        names = place.listing()
    except UnavailableError:
        raise
    except (ServiceError, ModelwrightError) as error:
        faults.append(Fault(where="input", message=error.message, remedy=error.hint))
        return ""
    if template is not None:
        wrong = check_folder(template, names, check_values(template, as_texts(new.settings))[0])[1]
        faults += [Fault(where=item.where, message=item.message, remedy=item.remedy) for item in wrong]
    return place.url


def _output(principal: Principal, new: NewTask, store: Store, faults: list[Fault], source: str) -> str:
    if not new.output or any(fault.where == "output" for fault in faults):
        return ""
    try:
        place = store.place(principal.project, new.output)
        taken = place.taken()
    except UnavailableError:
        raise
    except (ServiceError, ModelwrightError) as error:
        faults.append(Fault(where="output", message=error.message, remedy=error.hint))
        return ""
    if taken:
        faults.append(Fault(where="output", message=f"the folder holds {taken}", remedy="give an empty folder"))
    if (source and (place.url + "/").startswith(source + "/")) or (source + "/").startswith(place.url + "/"):
        message = "it lies within the input folder, or the other way round"
        faults.append(Fault(where="output", message=message, remedy="give another folder"))
    return place.url
