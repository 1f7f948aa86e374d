"""Which templates can really be built here, and by whom: as the workers announce themselves."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from modelwright.service.engine.queues import QUEUES
from modelwright.service.health import WorkerModel
from modelwright.templates.template import Template


class Readiness(enum.StrEnum):
    """What becomes of a template's tasks."""

    BUILDS = "builds"
    """A worker has the tools: the artifact is built."""
    PLANS = "plans"
    """Workers take such tasks, but none has the vendor's compiler: its plan is written."""
    WAITS = "waits"
    """Nobody takes tasks for this chip: they wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What becomes of a template's tasks, and where.

    Attributes:
        readiness: What.
        workers: Names of the workers that build them, or that write their plans.
    """

    readiness: Readiness
    workers: tuple[str, ...]


def readiness_of(template: Template, workers: Sequence[WorkerModel]) -> Ready:
    """What becomes of a template's tasks while these workers are there."""
    builders = tuple(worker.name for worker in workers if template.name in worker.templates)
    if builders:
        return Ready(readiness=Readiness.BUILDS, workers=builders)
    takers = tuple(
        worker.name for worker in workers if any(template.chip in QUEUES.get(name, ()) for name in worker.queues)
    )
    return Ready(readiness=Readiness.PLANS if takers else Readiness.WAITS, workers=takers)
