"""A template as REST gives it."""

from __future__ import annotations

from modelwright.templates.template import Template


class ServedTemplate(Template):
    """A template, and who can build its artifact.

    Attributes:
        workers: Names of the workers that are there; where there is none, an artifact is planned at most.
    """

    workers: tuple[str, ...] = ()
