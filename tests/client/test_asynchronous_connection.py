import asyncio

import httpx
import pytest

from modelwright.client import AsyncClient
from modelwright.client.calls import UnreachableError
from modelwright.service.errors import TooManyError


def run(answers, ask, **options):
    """Asks a service that answers so; gives what was answered."""

    def answer(request):
        del request
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    async def main():
        async with AsyncClient("http://x", transport=httpx.MockTransport(answer), **options) as client:
            return await ask(client)

    return asyncio.run(main())


def test_patience():
    busy = httpx.Response(429, headers={"Retry-After": "0"}, json={"code": "MW-S009", "detail": "too many"})
    assert run([busy, busy, httpx.Response(200, json=["a"])], lambda client: client.roots()) == ["a"]
    with pytest.raises(TooManyError):
        run([busy] * 5, lambda client: client.roots())
    with pytest.raises(UnreachableError, match="away"):
        run([httpx.ConnectError("away")], lambda client: client.roots())
    with pytest.raises(UnreachableError, match="away"):
        run([httpx.ConnectError("away")], lambda client: client.wait("t"), patience=-1.0)
