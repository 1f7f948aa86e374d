"""Both clients can do all that the REST interface can, in the same words."""

import asyncio
import inspect
import re
from pathlib import Path

import httpx
import pytest
from routes import routes

from modelwright.client import AsyncClient, Client, NewTask, Role, TaskStatus
from modelwright.service.clock import new_id
from modelwright.service.errors import ForbiddenError, NotThereError, StateError


class Noting(httpx.HTTPTransport):
    """Writes down what is asked for."""

    def __init__(self, seen):
        super().__init__()
        self.seen = seen

    def handle_request(self, request):
        self.seen.append((request.method.lower(), request.url.path))
        return super().handle_request(request)


class AsyncNoting(httpx.AsyncHTTPTransport):
    """The same for asyncio."""

    def __init__(self, seen):
        super().__init__()
        self.seen = seen

    async def handle_async_request(self, request):
        self.seen.append((request.method.lower(), request.url.path))
        return await super().handle_async_request(request)


def all_routes(address, seen):
    """The routes of the document, and those of them that were asked for."""
    with httpx.Client(base_url=address) as http:
        known = set(routes(http))
    return known, {route for route in known for asked in seen if asked[0] == route[0] and fits(asked[1], route[1])}


def fits(path, template):
    pattern = re.sub(r"\{(\w+)\}", lambda match: ".+" if match[1] == "name" else "[^/]+", template)
    return re.fullmatch(pattern, path)


def methods(kind):
    return {name for name, item in inspect.getmembers(kind, callable) if not name.startswith("_")}


def test_the_same_methods_with_the_same_parameters():
    assert methods(Client) == methods(AsyncClient)
    for name in methods(Client):
        ours, theirs = (set(inspect.signature(getattr(kind, name)).parameters) for kind in (Client, AsyncClient))
        assert theirs == ours - ({"timeout"} if name == "wait" else set()), name


def test_every_route(live, project, operator_token, place, tmp_path):
    seen = []
    (tmp_path / "m").mkdir()
    with Client(live[1], token=operator_token, transport=Noting(seen)) as operator:
        assert operator.sign_in(live[0].projects.first_sign_in(1)).startswith("mw_")
        assert operator.create_project(f"q{new_id()[:20]}").startswith("mw_")
        assert project[0] in operator.projects()
    with Client(live[1], token=project[1], transport=Noting(seen)) as client:
        assert (client.health().status, client.health(ready=True).status) == ("ok", "ok")
        assert (client.who().project, client.who().role) == (project[0], Role.ADMIN)
        token = client.create_token("looks", Role.VIEWER)
        with Client(live[1], token=token) as viewer, pytest.raises(ForbiddenError):
            viewer.create_token("more")
        (looks,) = [item for item in client.tokens() if item.label == "looks"]
        client.revoke_token(looks.id)
        assert [item.action for item in client.audit()][:2] == ["deleteToken", "addToken"]
        assert sum(worker.slots for worker in client.workers()) == 2
        assert client.template("onnx-to-tflite").name == "Onnx-To-TFLite" in {item.name for item in client.templates()}
        gone = client.begin_upload()
        client.drop_upload(gone)
        with pytest.raises(NotThereError):
            client.upload_state(gone)
        where = place("all")
        source = client.upload(tmp_path_of(where))
        assert source.startswith(client.roots()[0])
        assert [item.name for item in client.listing(source).entries] == ["small.onnx"]
        new = NewTask(
            name="all", template="Onnx-To-Onnx", input=source, output=where["output"], settings={"verify": False}
        )
        made = client.create_task(new)
        events = list(client.events(made.id))
        assert (events[-1].kind, events[-1].status) == ("end", "Successful")
        assert [event.line.number for event in events if event.line] == list(range(len(list(client.log(made.id)))))
        assert list(client.log(made.id, level="error")) == []
        task = client.wait(made.id)
        (path,) = client.download(task.id, tmp_path / "one", names=["job_log.txt"])
        assert path.name == "job_log.txt"
        with pytest.raises(NotThereError, match="no artifact 'nothing'"):
            client.download(task.id, tmp_path / "one", names=["nothing"])
        assert client.archive(task.id, tmp_path / "all.zip").stat().st_size > path.stat().st_size
        assert [item.name for item in client.artifacts(task.id)] == [item.name for item in task.artifacts]
        for wrong in (client.cancel, client.retry):
            with pytest.raises(StateError):
                wrong(task.id)
        clone = client.wait(client.clone(task.id).id)
        found = [
            item.id
            for item in client.tasks(
                template="Onnx-To-Onnx", chip="general", order="asc", status=[TaskStatus.SUCCESSFUL]
            )
        ]
        assert found == [task.id, clone.id]
        client.remove(clone.id)
        assert client.delete([task.id]).deleted == [task.id]
    known, hit = all_routes(live[1], seen)
    assert hit == known


def tmp_path_of(where):
    return Path(where["input"].removeprefix("file://"))


def test_every_route_for_asyncio(live, project, operator_token, place, tmp_path):
    seen = []
    where = place("every")

    async def run():
        async with AsyncClient(live[1], token=operator_token, transport=AsyncNoting(seen)) as operator:
            assert (await operator.sign_in(live[0].projects.first_sign_in(1))).startswith("mw_")
            assert (await operator.create_project(f"r{new_id()[:20]}")).startswith("mw_")
            assert project[0] in await operator.projects()
        async with AsyncClient(live[1], token=project[1], transport=AsyncNoting(seen)) as client:
            assert (await client.health()).status == (await client.health(ready=True)).status == "ok"
            await client.create_token("looks", Role.VIEWER)
            (looks,) = [item for item in await client.tokens() if item.label == "looks"]
            await client.revoke_token(looks.id)
            assert [item.action async for item in client.audit()][:2] == ["deleteToken", "addToken"]
            assert (await client.who()).project == project[0]
            assert sum(worker.slots for worker in await client.workers()) == 2
            assert await client.templates(search="hilens")
            assert (await client.template("Onnx-To-TFLite")).chip
            gone = await client.begin_upload()
            assert await client.upload_state(gone) == {}
            await client.drop_upload(gone)
            source = await client.upload(tmp_path_of(where))
            assert (await client.listing(source)).entries[0].name == "small.onnx"
            assert (await client.roots())[0] in source
            settings = {"verify": False}
            new = NewTask(
                name="every", template="Onnx-To-Onnx", input=source, output=where["output"], settings=settings
            )
            made = await client.create_task(new, key="k")
            kinds = [event.kind async for event in client.events(made.id, search="over")]
            assert kinds[-1] == "end"
            assert [line async for line in client.log(made.id, follow=True)]
            task = await client.wait(made.id)
            paths = await client.download(task.id, tmp_path / "down")
            assert len(paths) == len(await client.artifacts(task.id))
            assert (await client.archive(task.id, tmp_path / "a.zip")).is_file()
            for wrong in (client.cancel, client.retry):
                with pytest.raises(StateError):
                    await wrong(task.id)
            clone = await client.wait((await client.clone(task.id)).id)
            assert [item.id async for item in client.tasks(order="asc")] == [task.id, clone.id]
            assert len((await client.page(limit=1)).items) == 1
            await client.remove(clone.id)
            assert (await client.delete([task.id])).kept == {}

    asyncio.run(run())
    known, hit = all_routes(live[1], seen)
    assert hit == known
