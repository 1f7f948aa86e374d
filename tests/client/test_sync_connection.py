import httpx
import pytest

from modelwright.client import Client, NewTask
from modelwright.errors import ToolError
from modelwright.service.errors import TooManyError


def test_it_waits_as_long_as_it_is_asked_to(monkeypatch):
    answers = [httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(503, headers={"Retry-After": "900"})]
    answers.append(httpx.Response(200, json=["file:///x"]))
    slept = []
    monkeypatch.setattr("modelwright.client.sync_connection.time.sleep", slept.append)
    with Client("http://x", transport=httpx.MockTransport(lambda request: answers.pop(0))) as client:
        assert client.roots() == ["file:///x"]
    assert slept == [7.0, 60]


def test_but_not_for_ever():
    problem = {"code": "MW-S009", "detail": "too many"}
    asked = []

    def answer(request):
        asked.append(request)
        return httpx.Response(429, headers={"Retry-After": "0"}, json=problem)

    with Client("http://x", transport=httpx.MockTransport(answer)) as client, pytest.raises(TooManyError):
        client.roots()
    assert len(asked) == 5


def test_a_service_that_is_away_for_a_while_is_waited_for(client, place, monkeypatch):
    made = client.create_task(
        NewTask(name="away", template="Onnx-To-MindIR", **place("away"), settings={"verify": "false"})
    )
    done = client.wait(made.id).model_dump(mode="json")
    answers = [httpx.ConnectError("away"), httpx.ReadError("broke"), httpx.Response(200, json=done)]

    def answer(request):
        del request
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr("modelwright.client.calls.PAUSE", 0.0)
    with Client("http://x", transport=httpx.MockTransport(answer)) as other:
        assert other.wait("t").id == made.id
        answers.append(httpx.ConnectError("away"))
        with pytest.raises(ToolError, match="does not answer: away"):
            other.task("t")
