"""How large a request may be: uploads look after themselves, everything else is small."""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modelwright.service.errors import TooLargeError
from modelwright.service.problems import answer

LARGEST: Final = 1 << 20
_FREE: Final = "/v1/uploads/"


class SmallBodies:
    """Refuses requests whose body is too large, without reading more of it than that."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, its body as it was read."""
        if scope["type"] != "http" or scope["path"].startswith(_FREE):
            await self._app(scope, receive, send)
            return
        body = bytearray()
        message: Message = {"type": "http.request", "more_body": True}
        while message["type"] == "http.request" and message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
            if len(body) > LARGEST:
                error = TooLargeError(f"the request is larger than {LARGEST} bytes", hint="uploads are for files")
                await answer(error)(scope, receive, send)
                return
        if message["type"] != "http.request":
            return
        first: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def again() -> Message:
            return first.pop() if first else await receive()

        await self._app(scope, again, send)
