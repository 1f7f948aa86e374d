import httpx
import pytest

from modelwright.client import Client, NewTask
from modelwright.errors import ToolError
from modelwright.service.errors import SignInError


def test_without_a_token(live):
    with Client(live[1]) as client, pytest.raises(SignInError):
        client.roots()


def test_a_service_that_is_not_there():
    with Client("http://127.0.0.1:1") as client, pytest.raises(ToolError, match="does not answer"):
        client.roots()


def test_templates_and_projects(live, client, operator_token, project):
    assert {item.chip for item in client.templates(chip="gpu")} == {"gpu"}
    with Client(live[1], token=operator_token, project=project[0]) as operator:
        assert operator.roots() == client.roots()


def test_broken_pieces_are_sent_again(live, project, tmp_path):
    class Breaking(httpx.HTTPTransport):
        broken = 0

        def handle_request(self, request):
            response = super().handle_request(request)
            if request.method == "PATCH" and self.broken == 0:
                self.broken += 1
                raise httpx.ReadError("broken off")
            return response

    (tmp_path / "a.onnx").write_bytes(b"12345")
    with Client(live[1], token=project[1], transport=Breaking()) as client:
        url = client.upload(tmp_path / "a.onnx")
    assert live[0].store.place(project[0], f"{url}/a.onnx").path.read_bytes() == b"12345"


def test_waiting_has_an_end(client, place):
    task = client.create_task(
        NewTask(name="wait", template="Onnx-To-Onnx", **place("wait"), settings={"verify": False})
    )
    with pytest.raises(ToolError, match="after 0 s"):
        client.wait(task.id, timeout=0)
    lines = list(client.log(task.id, follow=True))
    assert lines[-1].message.startswith("unverified")
    assert [line.number for line in lines] == list(range(len(lines)))
