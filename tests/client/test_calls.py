import httpx
import pytest

from modelwright.client import calls
from modelwright.errors import ToolError, UnknownNameError
from modelwright.service.errors import BusyError, InvalidRequestError


def answer(status, **data):
    return httpx.Response(status, json=data, request=httpx.Request("GET", "http://x"))


def test_errors_get_their_classes_back():
    with pytest.raises(BusyError, match="is Running"):
        calls.check(answer(409, code="MW-S004", detail="the task is Running", hint="wait"))
    with pytest.raises(UnknownNameError):
        calls.check(answer(404, code="MW-U103", detail="x"))
    wrong = [{"where": "name", "message": "no", "remedy": "do"}]
    with pytest.raises(InvalidRequestError, match="name: no; do"):
        calls.check(answer(422, code="MW-S001", detail="x", errors=wrong))
    with pytest.raises(ToolError, match="answered 502"):
        calls.check(httpx.Response(502, text="<html>", request=httpx.Request("GET", "http://x")))
    calls.check(answer(200))


def test_names_are_quoted():
    assert calls.task("a/../b").path == "/v1/tasks/a%2F..%2Fb"
    assert calls.artifact_path("t", "m/ü x").endswith("/artifacts/m/%C3%BC%20x")
    with httpx.Client(base_url="http://x") as client:
        request = calls.page(calls.Filter(sort="name"), 5, None).request(client)
    assert str(request.url) == "http://x/v1/tasks?sort=name&limit=5"
