"""``modelwright worker``: runs tasks of some chips' queues, on this machine, for a service that others serve."""

from __future__ import annotations

import gc
import logging
import os
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from modelwright.errors import UsageError
from modelwright.service.assembly import open_store
from modelwright.service.database import Database
from modelwright.service.engine.announcing import Announcer, Worker
from modelwright.service.engine.broker import RUN, celery_app
from modelwright.service.engine.identity import alone, own_name
from modelwright.service.engine.lease import Leases
from modelwright.service.engine.means import PATIENCE, passed
from modelwright.service.engine.process import base_variables
from modelwright.service.engine.queues import broker_queue
from modelwright.service.engine.runner import KIND, Runner, die_with
from modelwright.service.engine.tree import kill_tree
from modelwright.service.settings import ServiceSettings


def work(settings: ServiceSettings, *, chips: Sequence[str], tell: Callable[[str], None]) -> None:
    """Works until it is interrupted; then it ends what it has begun.

    Args:
        settings: The settings, of which database, store and broker are those of the servers.
        chips: Names of the queues.
        tell: Hears what is worked on.

    Raises:
        UsageError: Settings do not let many machines work together, or another worker uses the data folder.
        ToolMissingError: Celery is not installed.
    """
    check_shared(settings)
    gc.enable()  # the command line does without: it ends soon, this does not
    with alone(settings.data, KIND):
        name = own_name(settings.data, KIND)
        database = Database(settings.database_url)
        database.create()
        open_store(settings, database)
        _clear(settings, database, name)
        tell(f"working   on {', '.join(chips)}  ({settings.at_a_time}, data in {settings.data})")
        _worker(settings, database, name, chips).start()


def check_shared(settings: ServiceSettings) -> None:
    """Lets through what many machines can share.

    Raises:
        UsageError: They would not see the same.
    """
    if not settings.broker:
        raise UsageError("no broker is named", hint="MODELWRIGHT_SERVICE_BROKER=redis://HOST or amqp://USER:KEY@HOST//")
    if not settings.database:
        raise UsageError(
            "the database is a file of this machine", hint="MODELWRIGHT_SERVICE_DATABASE=postgresql://USER@HOST/NAME"
        )
    if settings.store is None:
        raise UsageError(
            "the store is a folder of this machine",
            hint="MODELWRIGHT_SERVICE_STORE names a shared folder, or object storage",
        )


def _clear(settings: ServiceSettings, database: Database, name: str) -> None:
    """Takes away what a worker left that was killed here, so that its tasks are taken up at once."""
    data = settings.data.absolute()
    kill_tree(f"{data}:{KIND}:")
    shutil.rmtree(data / KIND, ignore_errors=True)
    Leases(database.patient(PATIENCE), name, settings.lease_seconds).end_own()


class _Listener:
    """What is done at one of Celery's moments, whatever it says about them."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act

    def __call__(self, **said: object) -> None:
        """Does it."""
        del said
        self._act()


def _worker(settings: ServiceSettings, database: Database, name: str, chips: Sequence[str]) -> Any:
    from celery.signals import worker_process_init, worker_ready, worker_shutdown

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    app = celery_app(settings)
    runner = Runner(settings, name)
    parent = os.getpid()
    app.task(name=RUN)(runner.run)
    announcer = Announcer(
        database.patient(PATIENCE),
        Worker(name=name, engine="celery", queues=chips, slots=settings.workers),
        base_variables(passed(settings)),
        settings.interpreters,
    )
    listeners = ((worker_process_init, partial(die_with, parent)), (worker_ready, announcer.start))
    for moment, act in (*listeners, (worker_shutdown, announcer.stop)):
        moment.connect(_Listener(act), weak=False)
    return app.Worker(
        hostname=f"{name}@modelwright",
        queues=[broker_queue(chip) for chip in chips],
        concurrency=settings.workers,
        pool="prefork",
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
    )
