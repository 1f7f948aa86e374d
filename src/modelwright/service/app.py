"""The application: its parts put together."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI

import modelwright
from modelwright.service import health, problems, templates_endpoints
from modelwright.service.assembly import open_cache, open_intake, open_store
from modelwright.service.audit import endpoints as audit
from modelwright.service.bodies import SmallBodies
from modelwright.service.console.install import install as install_console
from modelwright.service.context import Context
from modelwright.service.database import Database
from modelwright.service.engine.broker import Broker
from modelwright.service.engine.distributed import CeleryEngine
from modelwright.service.engine.interface import Engine
from modelwright.service.engine.local import LocalEngine
from modelwright.service.limiting import RateLimiter
from modelwright.service.logs import endpoints as logs
from modelwright.service.openapi import describe, operation_id
from modelwright.service.projects import endpoints as projects_endpoints
from modelwright.service.projects.service import ProjectService
from modelwright.service.queries import only_known
from modelwright.service.quick import Quick
from modelwright.service.sessions.service import SessionService
from modelwright.service.settings import ServiceSettings
from modelwright.service.storage import endpoints as storage
from modelwright.service.storage.store import Store
from modelwright.service.tasks import artifacts
from modelwright.service.tasks import endpoints as tasks
from modelwright.service.tasks.service import TaskService
from modelwright.service.uploads import endpoints as uploads
from modelwright.service.uploads.expiry import Expiry
from modelwright.service.uploads.service import UploadService
from modelwright.service.work import check_shared

_ROUTERS = (
    templates_endpoints.router,
    tasks.router,
    logs.router,
    artifacts.router,
    uploads.router,
    storage.router,
    projects_endpoints.router,
    audit.router,
)


def build_context(settings: ServiceSettings) -> Context:
    """The parts of a service, its folders and tables made.

    Raises:
        UsageError: A root would show the service's own data to projects, or what many machines must share is not named.
    """
    data = settings.data.absolute()
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.database_url)
    database.create()
    store = open_store(settings, database)
    engine = _engine(settings, database, store)
    projects = ProjectService(database)
    return Context(
        settings=settings,
        database=database,
        store=store,
        engine=engine,
        projects=projects,
        sessions=SessionService(database, projects, settings.session_hours),
        tasks=TaskService(database, store, engine),
        uploads=UploadService(database, store, open_intake(settings, store), settings.upload_bytes),
        limiter=RateLimiter(settings.requests_per_minute),
        quick=Quick(),
    )


def _engine(settings: ServiceSettings, database: Database, store: Store) -> Engine:
    if settings.engine == "local":
        return LocalEngine(settings, database, store, open_cache(settings, store))
    check_shared(settings)
    return CeleryEngine(database, Broker(settings))


def build_app(context: Context) -> FastAPI:
    """The application that serves these parts; its engine works while it runs."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        del app
        context.engine.start()
        expiry = Expiry(context.uploads, context.settings.upload_hours)
        expiry.start()
        yield
        expiry.stop()
        context.engine.stop()
        context.database.close()

    app = FastAPI(
        title="modelwright",
        summary="Converts models by templates.",
        version=modelwright.__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
    )
    app.state.context = context
    app.add_middleware(SmallBodies)
    problems.install(app)
    health.install(app)
    for router in _ROUTERS:
        app.include_router(router, dependencies=[Depends(only_known)])
    install_console(app)
    describe(app)
    return app
