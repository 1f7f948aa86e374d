"""Parts of artifacts, as HTTP asks for them (RFC 9110)."""

import httpx
import pytest

from modelwright.client import NewTask


@pytest.fixture
def get(live, project, client, place):
    """Asks for an artifact with headers; gives the answer and the whole file."""
    made = NewTask(name="ranges", template="Onnx-To-Onnx", **place("ranges"), settings={"verify": False})
    task = client.wait(client.create_task(made).id, timeout=60)
    headers = {"Authorization": f"Bearer {project[1]}"}
    url = f"{live[1]}/v1/tasks/{task.id}/artifacts/model/small.onnx"
    whole = httpx.get(url, headers=headers)

    def ask(**changes):
        return httpx.get(url, headers={**headers, **changes}), whole

    return ask


def test_parts_put_together_are_the_file(get):
    whole = get()[1]
    size = len(whole.content)
    assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "bytes")
    pieces = []
    for begin in range(0, size, 50):
        answer = get(Range=f"bytes={begin}-{begin + 49}")[0]
        assert answer.status_code == 206
        assert answer.headers["content-range"] == f"bytes {begin}-{min(begin + 50, size) - 1}/{size}"
        pieces.append(answer.content)
    assert b"".join(pieces) == whole.content
    assert get(Range="bytes=10-")[0].content == whole.content[10:]
    assert get(Range="bytes=-7")[0].content == whole.content[-7:]
    assert get(Range=f"bytes=5-{size * 10}")[0].content == whole.content[5:]


def test_a_part_of_another_file_is_not_given(get):
    whole = get()[1]
    same = get(Range="bytes=2-5", **{"If-Range": whole.headers["etag"]})[0]
    assert (same.status_code, same.content) == (206, whole.content[2:6])
    other = get(Range="bytes=2-5", **{"If-Range": '"other"'})[0]
    assert (other.status_code, other.content) == (200, whole.content)


@pytest.mark.parametrize("text", ["bytes=100000-", "bytes=100000-100001"])
def test_parts_that_are_not_there(get, text):
    answer, whole = get(Range=text)
    assert answer.status_code == 416
    assert answer.headers["content-range"].endswith(f"*/{len(whole.content)}")


@pytest.mark.parametrize("text", ["bytes=5-2", "bytes=x-y", "bytes=", "lines=1-2", "bytes=1-2-3", "bytes=--1", "0-5"])
def test_what_is_no_range_does_no_harm(get, text):
    answer, whole = get(Range=text)
    assert answer.status_code in (200, 400, 416)
    assert answer.status_code != 200 or answer.content == whole.content


def test_many_parts_cost_no_more_than_the_file(get):
    answer, whole = get(Range="bytes=" + ",".join(["0-"] * 500))
    assert answer.status_code in (200, 206, 400, 416)
    assert len(answer.content) < 3 * len(whole.content)
