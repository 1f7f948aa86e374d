"""The service's settings: from the environment (``MODELWRIGHT_SERVICE_...``) or from ``modelwright serve``'s flags."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from modelwright.service.storage.object_storage import ObjectStorage


class ServiceSettings(BaseSettings):
    """What a service is told.

    Attributes:
        data: Folder of the database, the projects' stores, the cache and the workers' temporary folders.
        database: URL of the database; empty for SQLite in ``data``.
        store: Where the projects' own folders, uploads and the cache are when many machines share them: a folder of a
            shared file system, or object storage; None for folders in ``data``.
        storages: Object storage that a project may read and write, by the project's name; ``*`` for all.
        roots: Further local folders that a project may read and write, by the project's name; ``*`` for all.
        engine: Who runs tasks: ``local`` for processes of this machine, ``celery`` for ``modelwright worker`` anywhere.
        broker: URL of Celery's broker, ``redis://`` or ``amqp://``.
        workers: Tasks that run at the same time.
        memory: Bytes of memory that one task may take.
        cpu_seconds: Seconds of processor time that each process of a task may take.
        wall_seconds: Seconds that one task may take.
        nursery: Whether workers are forked from a process that has imported what they need, instead of each being an
            interpreter that is started from scratch.
        lease_seconds: Seconds without a heartbeat after which a task is taken for lost.
        attempts: How often a task is begun before a worker that dies each time makes it fail.
        pass_environment: Names of environment variables that workers get besides the few that all need.
        interpreters: Interpreters that run sources and artifacts, by their keys in a recipe (``tf_python``).
        upload_bytes: Largest upload, also unpacked.
        upload_hours: After how many hours without a further piece an upload that is not complete is taken away.
        requests_per_minute: Requests that one token may make a minute.
        sign_in_minutes: How long a sign-in link can be used.
        session_hours: How long a browser stays signed in.
        secure_cookies: Send cookies over HTTPS alone; without it they are so where the request came by HTTPS.
    """

    model_config = SettingsConfigDict(env_prefix="MODELWRIGHT_SERVICE_", extra="forbid", frozen=True)

    data: Path = Path("modelwright-data")
    database: str = ""
    store: ObjectStorage | Path | None = None
    storages: dict[str, list[ObjectStorage]] = Field(default_factory=dict)
    roots: dict[str, list[Path]] = Field(default_factory=dict)
    engine: Literal["local", "celery"] = "local"
    broker: str = Field(default="", repr=False)
    workers: int = Field(default_factory=lambda: max(1, (os.cpu_count() or 2) // 2), ge=1, le=1024)
    memory: int = Field(default=8 << 30, ge=64 << 20)
    cpu_seconds: int = Field(default=7200, ge=1)
    wall_seconds: float = Field(default=7200.0, gt=0)
    nursery: bool = True
    lease_seconds: float = Field(default=30.0, gt=0)
    attempts: int = Field(default=5, ge=1)
    pass_environment: list[str] = Field(default_factory=list)
    interpreters: dict[str, str] = Field(default_factory=dict)
    upload_bytes: int = Field(default=20 << 30, ge=1)
    upload_hours: float = Field(default=24.0, gt=0)
    requests_per_minute: int = Field(default=1200, ge=1)
    sign_in_minutes: float = Field(default=60.0, gt=0)
    session_hours: float = Field(default=12.0, gt=0)
    secure_cookies: bool = False

    @property
    def at_a_time(self) -> str:
        """How many tasks run at the same time, in words."""
        return f"{self.workers} task{'' if self.workers == 1 else 's'} at a time"

    @property
    def database_url(self) -> str:
        """The database's URL."""
        return self.database or f"sqlite:///{self.data.absolute() / 'service.sqlite3'}"
