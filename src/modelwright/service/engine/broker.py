"""The broker: Celery's settings, messages and how many of them wait."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from modelwright.errors import ToolMissingError
from modelwright.service.engine.queues import MOST_URGENT, QUEUES, broker_queue
from modelwright.service.errors import UnavailableError
from modelwright.service.settings import ServiceSettings

RUN: Final = "modelwright.run"
"""Name of the one kind of message: its argument is the task."""
_SPARE_SECONDS: Final = 600
"""For copying to and fro, beside the conversion."""
_REDIS: Final = ("redis", "rediss", "sentinel")


def hard_limit(settings: ServiceSettings) -> int:
    """Seconds after which Celery kills whoever works on a task: two conversions and what is around them."""
    return int(2 * settings.wall_seconds) + _SPARE_SECONDS


def celery_app(settings: ServiceSettings) -> Any:
    """Celery as these settings want it.

    Raises:
        ToolMissingError: It is not installed.
    """
    try:
        from celery import Celery
        from kombu.entity import Queue
    except ModuleNotFoundError as error:
        raise ToolMissingError(f"{error.name} is not installed", hint="pip install 'modelwright[scale]'") from None
    app = Celery("modelwright", broker=settings.broker, set_as_current=False)
    ours = {name: broker_queue(name) for name in QUEUES}
    app.conf.update(
        task_queues=[
            Queue(name, routing_key=name, queue_arguments={"x-max-priority": MOST_URGENT}) for name in ours.values()
        ],
        task_default_queue=ours["cpu"],
        task_default_routing_key=ours["cpu"],
        task_default_exchange="modelwright",
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_time_limit=hard_limit(settings),
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=5,
        broker_heartbeat=30,
        broker_transport_options=_transport(settings),
    )
    return app


def _transport(settings: ServiceSettings) -> dict[str, Any]:
    once = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}
    if not _is_redis(settings.broker):
        return {**once, "confirm_publish": True}
    return {
        **once,
        "visibility_timeout": hard_limit(settings) + _SPARE_SECONDS,
        "priority_steps": list(range(MOST_URGENT + 1)),
        "queue_order_strategy": "priority",
        "socket_connect_timeout": 5,
        "socket_timeout": 30,
        "socket_keepalive": True,
        "health_check_interval": 20,
    }


def _is_redis(url: str) -> bool:
    return url.partition("://")[0] in _REDIS


def _errors(app: Any) -> tuple[type[Exception], ...]:
    """What goes wrong with a broker."""
    from kombu.exceptions import KombuError

    connection = app.connection_for_write()
    return (KombuError, OSError, *connection.connection_errors, *connection.channel_errors)


class Broker:
    """Sends messages and counts those that wait."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._app = celery_app(settings)
        self._redis = _is_redis(settings.broker)
        self._errors = _errors(self._app)

    def send(self, task: str, queue: str, priority: int) -> None:
        """Sends a message; 9 is the most urgent priority, which Redis calls 0.

        Raises:
            UnavailableError: The broker does not answer.
        """
        urgency = MOST_URGENT - priority if self._redis else priority
        with self._speaking():
            self._app.send_task(RUN, args=[task], queue=broker_queue(queue), priority=urgency, retry=False)

    def waiting(self, queue: str) -> int:
        """How many messages of a queue nobody has taken.

        Raises:
            UnavailableError: The broker does not answer.
        """
        with self._speaking(), self._app.connection_for_write() as connection, connection.channel() as channel:
            bound = self._app.amqp.queues[broker_queue(queue)].bind(channel)
            bound.declare()
            return int(bound.queue_declare().message_count)

    @contextmanager
    def _speaking(self) -> Generator[None]:
        try:
            yield
        except self._errors as error:
            raise UnavailableError(f"the broker does not answer: {error}", hint="see that it runs") from error

    def close(self) -> None:
        """Closes its connections."""
        self._app.close()
