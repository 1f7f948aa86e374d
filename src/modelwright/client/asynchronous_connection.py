"""The connection of the client for asyncio."""

from __future__ import annotations

import asyncio
import itertools
import time
from types import TracebackType
from typing import Self, TypeVar

import httpx

from modelwright.client import calls
from modelwright.client.calls import Call, UnreachableError

T = TypeVar("T")


class AsyncConnection:
    """A connection to a service, with a token."""

    def __init__(
        self,
        address: str,
        *,
        token: str = "",
        project: str = "",
        timeout: float = 60.0,
        patience: float = 60.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Connects to nothing yet.

        Args:
            address: The service's address, ``http://host:port``.
            token: A token; needed for everything but signing in.
            project: Operators: the project to work in.
            timeout: Seconds that an answer may take to begin.
            patience: Seconds that the service may be away while a task or its log is waited for.
            transport: How requests travel, for tests and proxies.
        """
        self._http = httpx.AsyncClient(
            base_url=address, headers=calls.headers(token, project), timeout=timeout, transport=transport
        )
        self._patience = patience

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes its connections."""
        await self._http.aclose()

    async def _do(self, call: Call[T]) -> T:
        """An answer; one that asks for patience is asked for again."""
        for times in itertools.count(1):
            try:
                response = await self._http.send(call.request(self._http))
            except httpx.HTTPError as error:
                raise calls.unreachable(error) from None
            seconds = calls.pause(response, times)
            if seconds is None:
                return call.read(response)
            await asyncio.sleep(seconds)
        raise AssertionError

    async def _wait_for(self, call: Call[T]) -> T:
        """An answer, also from a service that is away for a while."""
        begun = time.monotonic()
        while True:
            try:
                return await self._do(call)
            except UnreachableError:
                if time.monotonic() - begun > self._patience:
                    raise
            await asyncio.sleep(calls.PAUSE)
