"""Templates over REST."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from modelwright.service.context import Asking, Context, Served
from modelwright.service.engine.presence import builders
from modelwright.service.problems import RESPONSES
from modelwright.service.served_template import ServedTemplate
from modelwright.templates.catalogue import facets, find_templates, template_named, templates
from modelwright.templates.template import Template

router = APIRouter(prefix="/v1/templates", tags=["templates"], responses=RESPONSES)
Word = Annotated[str | None, Query(max_length=100)]


class TemplateList(BaseModel):
    """Templates, and what the filters can be."""

    items: list[ServedTemplate]
    filters: dict[str, list[str]]


@router.get("")
def list_templates(
    context: Served,
    asking: Asking,
    chip: Word = None,
    framework: Word = None,
    format: Word = None,  # noqa: A002  the name in the request
    search: Word = None,
) -> TemplateList:
    """The catalogue, filtered."""
    del asking
    found = find_templates(chip=chip, framework=framework, model_format=format, search=search)
    there = _builders(context)
    return TemplateList(items=[_served(item, there) for item in found], filters=facets(templates()))


@router.get("/{name}")
def get_template(context: Served, asking: Asking, name: str) -> ServedTemplate:
    """One template with its input rules, settings and outputs."""
    del asking
    return _served(template_named(name), _builders(context))


def _builders(context: Context) -> dict[str, list[str]]:
    with context.database.read() as connection:
        return builders(connection)


def _served(template: Template, there: dict[str, list[str]]) -> ServedTemplate:
    return ServedTemplate.model_construct(**dict(template), workers=tuple(there.get(template.name, ())))
