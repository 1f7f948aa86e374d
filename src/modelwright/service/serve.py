"""``modelwright serve``: everything on one machine."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable
from contextlib import closing
from typing import Final

import uvicorn
from fastapi import FastAPI

from modelwright.errors import UsageError
from modelwright.service.app import build_app, build_context
from modelwright.service.engine.identity import alone
from modelwright.service.settings import ServiceSettings
from modelwright.templates.catalogue import templates

_BACKLOG: Final = 1024
_LAST_WORDS: Final = 3
"""Seconds that open requests, such as those who follow a log, have when the service ends."""


def serve(settings: ServiceSettings, *, host: str, port: int, tell: Callable[[str], None]) -> None:
    """Serves until it is interrupted.

    Args:
        settings: The settings.
        host: Address to listen on.
        port: Port to listen on; 0 for a free one.
        tell: Hears the address and the sign-in link.

    Raises:
        UsageError: Another service uses the folder, or a root is not allowed.
    """
    gc.enable()  # the command line does without: it ends soon, this does not
    with alone(settings.data, "service"), closing(_listen(host, port)) as listening:
        context = build_context(settings)
        app = build_app(context)
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=_LAST_WORDS)
        address = f"http://{_shown(host)}:{listening.getsockname()[1]}"
        who = settings.at_a_time if settings.engine == "local" else "tasks go to workers"
        tell(f"serving   {address}  ({who}, data in {settings.data})")
        code = context.projects.first_sign_in(settings.sign_in_minutes)
        tell(f"sign in   {address}/sign-in?code={code}")
        tell("          once: open it in a browser, or `modelwright tasks sign-in LINK`")
        _settle(app)
        uvicorn.Server(config).run(sockets=[listening])


def _settle(app: FastAPI) -> None:
    """Makes what all requests use, and keeps it out of the search for garbage, which else stops them for 0.2 s."""
    templates()
    app.openapi()
    gc.collect()
    gc.freeze()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, so that asyncio sees what it is and sends answers at once (TCP_NODELAY), not 40 ms later.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        found.listen(_BACKLOG)
    except OSError as error:
        found.close()
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}", hint="give another --port") from None
    return found


def _shown(host: str) -> str:
    """The host as addresses have it; one that stands for all is this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104  it is replaced
    return f"[{host}]" if ":" in host else host
