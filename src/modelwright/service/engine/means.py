"""What executions work with."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelwright.service.database import Database
from modelwright.service.engine.cache import Cache
from modelwright.service.engine.lease import Leases
from modelwright.service.engine.process import Limits, base_variables
from modelwright.service.engine.starting import FreshStarter, Starter
from modelwright.service.engine.warm import WarmStarter
from modelwright.service.settings import ServiceSettings
from modelwright.service.storage.store import Store

PATIENCE: Final = 60.0
"""Seconds that one waits for a database which does not answer before a task is left to others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What executions work with.

    Attributes:
        database: The database.
        store: The projects' folders.
        cache: Results of before.
        leases: The leases of this holder.
        work: Folder for the workers' temporary folders.
        limits: What a worker may take.
        environment: Variables that workers get.
        interpreters: Interpreters by their keys in a recipe.
        attempts: How often a task is begun.
        mark: How the marks of this service's workers begin.
        starter: How workers are started.
        stopping: Set when the service ends: what is under way is left to whoever takes it next.
    """

    database: Database
    store: Store
    cache: Cache
    leases: Leases
    work: Path
    limits: Limits
    environment: Mapping[str, str]
    interpreters: Mapping[str, str]
    attempts: int
    mark: str
    starter: Starter
    stopping: threading.Event


def make_means(
    settings: ServiceSettings, database: Database, store: Store, cache: Cache, name: str, kind: str
) -> Means:
    """The means of one who runs tasks.

    Args:
        settings: The settings.
        database: The database.
        store: The projects' folders.
        cache: Results of before.
        name: Who it is, as leases say.
        kind: What it is; of each kind there is one in a data folder.
    """
    data = settings.data.absolute()
    database = database.patient(PATIENCE)
    environment, mark = passed(settings), f"{data}:{kind}:"
    warm = WarmStarter(data / kind / "nursery", mark, base_variables(environment))
    return Means(
        database=database,
        store=store,
        cache=cache,
        leases=Leases(database, name, settings.lease_seconds),
        work=data / kind,
        limits=Limits(memory=settings.memory, cpu_seconds=settings.cpu_seconds, wall_seconds=settings.wall_seconds),
        environment=environment,
        interpreters=settings.interpreters,
        attempts=settings.attempts,
        mark=mark,
        starter=warm if settings.nursery else FreshStarter(),
        stopping=threading.Event(),
    )


def passed(settings: ServiceSettings) -> dict[str, str]:
    """The variables that conversions get because the settings say so."""
    return {name: os.environ[name] for name in settings.pass_environment if name in os.environ}
