"""Every route, asked for what belongs to another project: the answer is the one for what is not there."""

import re
from dataclasses import asdict, replace

import httpx
import pytest
from routes import Values, asked, routes

from modelwright.client import Client, NewTask

SECRET = "sentinel"
"""What the other project's names, files and logs hold, and nothing else does."""


@pytest.fixture(scope="module")
def make_project(live, operator_token):
    """Makes a project; gives a token of its admin."""

    def make(name):
        headers = {"Authorization": f"Bearer {operator_token}"}
        return httpx.post(f"{live[1]}/v1/projects", json={"name": name}, headers=headers).json()["token"]

    return make


@pytest.fixture(scope="module")
def theirs(live, make_project, tmp_path_factory):
    """What the other project has: a finished task, one that failed, an upload under way, a token."""
    from live_service import write_model

    folder = tmp_path_factory.mktemp("model")
    write_model(folder / SECRET)
    token = make_project(f"{SECRET}-project")
    with Client(live[1], token=token) as client, httpx.Client(base_url=live[1], headers=bearer(token)) as http:
        source, root = client.upload(folder / SECRET), client.roots()[0]
        new = NewTask(name=f"{SECRET}-task", template="Onnx-To-Onnx", input=source, output=f"{root}/{SECRET}-out")
        task = client.wait(client.create_task(new, key=f"{SECRET}-key").id, timeout=60)
        assert task.status == "Successful"
        upload = http.post("/v1/uploads").json()["id"]
        http.patch(f"/v1/uploads/{upload}/files/{SECRET}.onnx", content=b"x")
        http.post("/v1/tokens", json={"role": "viewer", "label": f"{SECRET}-label"})
        found = next(item["id"] for item in http.get("/v1/tokens").json() if item["label"] == f"{SECRET}-label")
        yield Values(
            task=task.id,
            artifact="job_log.txt",
            upload=upload,
            file=f"{SECRET}.onnx",
            token=found,
            input=source,
            output=task.output,
            name="mine",
        )
        assert client.task(task.id) == task
        assert http.get(f"/v1/uploads/{upload}").json()["files"] == {f"{SECRET}.onnx": 1}
        assert [item["revoked"] for item in http.get("/v1/tokens").json()] == [None, None]


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def not_there(values):
    """Names like these of what nobody has."""
    other = {
        name: re.sub("[0-9a-f]{32}", f"{index:032x}", value)
        for index, (name, value) in enumerate(asdict(values).items())
    }
    return Values(**{name: value.replace(SECRET, "nothing-") for name, value in other.items()})


def told(answer, values, own):
    """Status and text of an answer, without the names that came with the request and what differs every time."""
    text = re.sub(rf"(?<![\w-]){own}(?![\w-])", "<own>", answer.text)
    for name, value in sorted(asdict(values).items(), key=lambda item: -len(item[1])):
        text = text.replace(value, f"<{name}>")
    text = re.sub(r"\b[0-9a-f]{32}\b|mw_\w+(-\w+)*|\d{4}-\d\d-\d\dT[\d:.]+Z", "*", text)
    headers = {"content-type", "content-disposition", "etag", "location", "upload-offset"}
    return answer.status_code, text, {name: answer.headers[name] for name in headers & set(answer.headers)}


def test_no_route_tells_or_changes_anything_of_another_project(live, theirs, make_project):
    nobody, asked_for = not_there(theirs), 0
    with httpx.Client(base_url=live[1]) as http:
        stranger, same = bearer(make_project("stranger")), bearer(make_project("stranger-too"))
        for route in routes(http):
            if route[1] in ("/health/live", "/health/ready", "/metrics"):
                continue
            for real, none in zip(asked(route, theirs), asked(route, nobody), strict=True):
                first, second = real.send(http, stranger), none.send(http, same)
                assert told(first, theirs, "stranger") == told(second, nobody, "stranger-too"), route
                assert SECRET not in told(first, theirs, "stranger")[1], route
                asked_for += 1
    assert asked_for > 30


def test_lists_keys_headers_and_cursors_tell_nothing(live, theirs, make_project):
    token = make_project("stranger-three")
    with httpx.Client(base_url=live[1], headers=bearer(token)) as http:
        for path in (
            "/v1/tasks",
            "/v1/audit",
            "/v1/tokens",
            "/v1/projects",
            "/v1/storage/roots",
            "/v1/me",
            "/v1/workers",
        ):
            assert SECRET not in http.get(path).text, path
        for query in ({"search": SECRET}, {"sort": "name", "limit": 1000}, {"status": "Successful"}):
            assert http.get("/v1/tasks", params=query).json() == {"items": [], "next": None}
        root = http.get("/v1/storage/roots").json()[0]
        new = {"name": f"{SECRET}-task", "template": "Onnx-To-Onnx", "input": f"{root}/none", "output": f"{root}/o"}
        answer = http.post("/v1/tasks", json=new, headers={"Idempotency-Key": f"{SECRET}-key"})
        assert [item["where"] for item in answer.json()["errors"]] == ["input"]
        for name in (f"{SECRET}-project", "no-such-project"):
            answer = http.get("/v1/tasks", headers={"Modelwright-Project": name})
            assert (answer.status_code, answer.json()["detail"]) == (404, f"no project {name!r}")


@pytest.mark.parametrize(
    "spelling",
    [
        "{theirs}",
        "{own}/../../{project}/uploads",
        "{own}/%2e%2e/{project}",
        "{own}/..%2f{project}",
        "{own}/link",
        "{own}/link/uploads",
        "file://localhost{path}",
        "file:{path}",
        "FILE://{path}",
        "{root}/{project}",
        "{root}",
        "file:///proc/self/root{path}",
        "file:///proc/self/cwd",
        "file:///etc",
        "file:///",
    ],
)
def test_no_spelling_of_a_path_leads_to_another_project(live, theirs, make_project, spelling):
    name = "paths-" + re.sub("[^a-z]", "", spelling)[:40] + str(len(spelling))
    store = live[0].store
    own, other = store.own(name), store.own(f"{SECRET}-project")
    (own / "link").symlink_to(other)
    path = str(other)
    url = spelling.format(
        theirs=theirs.input, own=own.as_uri(), project=other.name, root=own.parent.as_uri(), path=path
    )
    with httpx.Client(base_url=live[1], headers=bearer(make_project(name))) as http:
        answer = http.get("/v1/storage", params={"url": url})
        assert (answer.status_code, answer.json()["code"]) in ((403, "MW-S007"), (422, "MW-S001")), answer.text
        assert "entries" not in answer.json()
        good = f"{own.as_uri()}/fresh"
        for source, output, where in ((url, good, "input"), (own.as_uri(), url, "output")):
            new = {"name": "mine", "template": "Onnx-To-Onnx", "input": source, "output": output}
            answer = http.post("/v1/tasks", json=new)
            assert answer.status_code == 422
            assert where in [item["where"] for item in answer.json()["errors"]]
    assert replace(theirs, name="x").output
