"""Templates over REST."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from modelwright.service.context import Asking
from modelwright.service.problems import RESPONSES
from modelwright.templates.catalogue import facets, find_templates, template_named, templates
from modelwright.templates.template import Template

router = APIRouter(prefix="/v1/templates", tags=["templates"], responses=RESPONSES)
Word = Annotated[str | None, Query(max_length=100)]


class TemplateList(BaseModel):
    """Templates, and what the filters can be."""

    items: list[Template]
    filters: dict[str, list[str]]


@router.get("")
def list_templates(
    asking: Asking,
    chip: Word = None,
    framework: Word = None,
    format: Word = None,  # noqa: A002  the name in the request
    search: Word = None,
) -> TemplateList:
    """The catalogue, filtered."""
    del asking
    found = find_templates(chip=chip, framework=framework, model_format=format, search=search)
    return TemplateList(items=list(found), filters=facets(templates()))


@router.get("/{name}")
def get_template(asking: Asking, name: str) -> Template:
    """One template with its input rules, settings and outputs."""
    del asking
    return template_named(name)
