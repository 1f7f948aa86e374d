import json

import httpx
import pytest

from modelwright.errors import InternalError, RecipeError, UnknownNameError
from modelwright.service.errors import Fault, InvalidRequestError, SignInError, TooManyError
from modelwright.service.problems import answer


@pytest.mark.parametrize(
    ("error", "status"),
    [(UnknownNameError("x"), 404), (RecipeError("x"), 422), (InternalError("x"), 500), (SignInError("x"), 401)],
)
def test_status(error, status):
    assert answer(error).status_code == status


def test_everything_wrong_is_there():
    response = answer(InvalidRequestError("two", hint="look", faults=[Fault(where="name", message="no", remedy="do")]))
    assert response.media_type == "application/problem+json"
    assert json.loads(response.body) == {
        "type": "urn:modelwright:error:MW-S001",
        "title": "InvalidRequest",
        "status": 422,
        "detail": "two",
        "code": "MW-S001",
        "hint": "look",
        "errors": [{"where": "name", "message": "no", "remedy": "do"}],
    }
    assert answer(TooManyError("x")).headers["Retry-After"] == "1"
    assert answer(SignInError("x")).headers["WWW-Authenticate"] == "Bearer"


def test_frameworks_own_errors_are_problems_too(live, project):
    with httpx.Client(base_url=live[1], headers={"Authorization": f"Bearer {project[1]}"}) as http:
        assert http.get("/v1/nothing").json()["code"] == "MW-S002"
        assert http.put("/v1/tasks").json()["status"] == 405
        assert http.post("/v1/tasks", content=b'"\xff"').status_code == 422
        found = http.get("/v1/tasks", params={"limit": 0}).json()
        assert (found["code"], found["errors"][0]["where"]) == ("MW-S001", "query.limit")
        assert http.post("/v1/tasks", content=b"{").json()["status"] == 422
        assert http.post("/v1/tasks", json={"colour": "red"}).json()["errors"][0]["where"] == "body.colour"


def test_what_does_not_answer_is_said_so(context):
    import asyncio

    import httpx
    from sqlalchemy.exc import DataError, OperationalError

    from modelwright.service.app import build_app

    app = build_app(context)
    for number, error in enumerate((OperationalError, DataError)):

        def fail(error=error):
            raise error("SELECT", {}, Exception("x"))

        app.add_api_route(f"/fail{number}", fail)

    async def ask(path):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
            return await client.get(path)

    gone = asyncio.run(ask("/fail0"))
    assert (gone.status_code, gone.json()["code"], gone.headers["Retry-After"]) == (503, "MW-S010", "1")
    assert asyncio.run(ask("/fail1")).json()["code"] == "MW-S001"
