"""Health, workers and Prometheus metrics."""

from __future__ import annotations

import time
from typing import Final, Literal

from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from pydantic import BaseModel
from sqlalchemy import select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import modelwright
from modelwright.service.context import Asking, Served
from modelwright.service.engine.presence import present
from modelwright.service.engine.queues import QUEUES
from modelwright.service.engine.schemas import WorkerModel
from modelwright.service.problems import RESPONSES
from modelwright.service.tasks import repository
from modelwright.service.tasks.states import TaskStatus

router = APIRouter(tags=["health"])
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Health(BaseModel):
    """That the service is there."""

    status: Literal["ok"] = "ok"
    version: str = modelwright.__version__


class Metrics:
    """Counters of one service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("modelwright_requests", "Requests", labels, registry=self.registry)
        self.seconds = Histogram("modelwright_request_seconds", "Time to answer", labels[:2], registry=self.registry)
        self.tasks = Gauge("modelwright_tasks", "Tasks by state", ("status",), registry=self.registry)
        help_text = "Tasks that wait for a worker, by queue"
        self.waiting = Gauge("modelwright_waiting", help_text, ("queue",), registry=self.registry)
        self.slots = Gauge("modelwright_slots", "Tasks that can run at the same time", registry=self.registry)

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        """Counts a request, by its method and the route that it took."""
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = getattr(scope.get("route"), "path", "none")
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(method, route).observe(seconds)


class Measured:
    """Counts all requests; a stream counts when its answer begins."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.count(scope, message["status"], time.perf_counter() - begun)
            await send(message)

        await self._app(scope, receive, tell)


def install(app: FastAPI) -> None:
    """Makes the app count its requests."""
    app.state.metrics = Metrics()
    app.add_middleware(Measured, metrics=app.state.metrics)
    app.include_router(router)


@router.get("/health/live")
async def live() -> Health:
    """That the process answers."""
    return Health()


@router.get("/health/ready")
def ready(context: Served) -> Health:
    """That the database answers, too."""
    with context.database.read() as connection:
        connection.execute(select(1))
    return Health()


@router.get("/v1/workers", responses=RESPONSES)
def list_workers(context: Served, asking: Asking) -> list[WorkerModel]:
    """What runs tasks."""
    del asking
    with context.database.read() as connection:
        return [WorkerModel.model_validate(row) for row in present(connection)]


@router.get("/metrics", include_in_schema=False)
def metrics(context: Served, request: Request) -> Response:
    """Counters in Prometheus's form."""
    found: Metrics = request.app.state.metrics
    with context.database.read() as connection:
        counts, waiting = repository.counts(connection), repository.waiting(connection)
    for name, chips in QUEUES.items():
        found.waiting.labels(name).set(sum(waiting.get(chip, 0) for chip in chips))
    for status in TaskStatus:
        found.tasks.labels(status.value).set(counts.get(status.value, 0))
    found.slots.set(context.engine.slots)
    return Response(generate_latest(found.registry), media_type=CONTENT_TYPE_LATEST)
