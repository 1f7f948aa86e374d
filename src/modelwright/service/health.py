"""Health, workers and Prometheus metrics."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Literal

from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from pydantic import BaseModel

import modelwright
from modelwright.service.context import Asking, Served
from modelwright.service.problems import RESPONSES
from modelwright.service.tasks import repository
from modelwright.service.tasks.states import TaskStatus

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """That the service is there."""

    status: Literal["ok"] = "ok"
    version: str = modelwright.__version__


class WorkerModel(BaseModel):
    """Something that runs tasks."""

    name: str
    slots: int
    chips: list[str]


class Metrics:
    """Counters of one service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("modelwright_requests", "Requests", labels, registry=self.registry)
        self.seconds = Histogram("modelwright_request_seconds", "Time to answer", labels[:2], registry=self.registry)
        self.tasks = Gauge("modelwright_tasks", "Tasks by state", ("status",), registry=self.registry)
        self.slots = Gauge("modelwright_slots", "Tasks that can run at the same time", registry=self.registry)

    async def measure(self, request: Request, proceed: Callable[[Request], Awaitable[Response]]) -> Response:
        """Counts a request."""
        begun = time.perf_counter()
        response = await proceed(request)
        route = getattr(request.scope.get("route"), "path", "none")
        self.requests.labels(request.method, route, str(response.status_code)).inc()
        self.seconds.labels(request.method, route).observe(time.perf_counter() - begun)
        return response


def install(app: FastAPI) -> None:
    """Makes the app count its requests."""
    app.state.metrics = Metrics()
    app.middleware("http")(app.state.metrics.measure)
    app.include_router(router)


@router.get("/health/live")
def live() -> Health:
    """That the process answers."""
    return Health()


@router.get("/health/ready")
def ready(context: Served) -> Health:
    """That the database answers, too."""
    with context.database.read() as connection:
        repository.counts(connection)
    return Health()


@router.get("/v1/workers", responses=RESPONSES)
def list_workers(context: Served, asking: Asking) -> list[WorkerModel]:
    """What runs tasks."""
    del asking
    chips = ["arm", "ascend", "general", "gpu"]
    return [WorkerModel(name="local", slots=context.engine.slots, chips=chips)]


@router.get("/metrics", include_in_schema=False)
def metrics(context: Served, request: Request) -> Response:
    """Counters in Prometheus's form."""
    found: Metrics = request.app.state.metrics
    with context.database.read() as connection:
        counts = repository.counts(connection)
    for status in TaskStatus:
        found.tasks.labels(status.value).set(counts.get(status.value, 0))
    found.slots.set(context.engine.slots)
    return Response(generate_latest(found.registry), media_type=CONTENT_TYPE_LATEST)
