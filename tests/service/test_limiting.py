import asyncio

import httpx
import pytest

from modelwright.service import limiting
from modelwright.service.app import build_app, build_context
from modelwright.service.errors import TooManyError
from modelwright.service.limiting import RateLimiter
from modelwright.service.settings import ServiceSettings


def test_a_bucket_for_each_name(monkeypatch):
    at = [0.0]
    monkeypatch.setattr(limiting.time, "monotonic", lambda: at[0])
    limiter = RateLimiter(2)
    limiter.take("a")
    limiter.take("a")
    with pytest.raises(TooManyError):
        limiter.take("a")
    limiter.take("b")
    at[0] = 31.0
    limiter.take("a")
    with pytest.raises(TooManyError):
        limiter.take("a")


def test_retry_after_is_when_it_will_do(tmp_path):
    context = build_context(ServiceSettings(data=tmp_path / "data", requests_per_minute=4))
    app = build_app(context)
    token = context.projects.sign_in(context.projects.first_sign_in(1))

    async def ask(count):
        transport = httpx.ASGITransport(app)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://x", headers=headers) as http:
            return [await http.get("/v1/me") for _ in range(count)]

    answers = asyncio.run(ask(6))
    assert [item.status_code for item in answers] == [200] * 4 + [429] * 2
    assert answers[4].json()["code"] == "MW-S009"
    assert answers[4].headers["retry-after"] == "15"
    context.database.close()
