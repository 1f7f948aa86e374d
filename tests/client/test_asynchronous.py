import asyncio

import pytest

from modelwright.client import AsyncClient, NewTask
from modelwright.service.errors import NotThereError


def test_a_task_from_upload_to_deletion(live, project, tmp_path, place):
    where = place("async")

    async def run():
        async with AsyncClient(live[1], token=project[1]) as client:
            assert await client.templates(search="hilens")
            new = NewTask(name="async", template="Onnx-To-Onnx", **where, settings={"verify": False})
            task = await client.create_task(new, key="k")
            lines = [line async for line in client.log(task.id, follow=True)]
            assert lines
            task = await client.wait(task.id)
            assert [item.id async for item in client.tasks()] == [task.id]
            paths = await client.download(task.id, tmp_path / "down")
            assert "small.onnx" in {path.name for path in paths}
            clone = await client.clone(task.id)
            assert (await client.wait(clone.id)).cached
            url = await client.upload(paths[1])
            assert url.startswith((await client.roots())[0])
            with pytest.raises(NotThereError):
                await client.cancel("no")
            with pytest.raises(NotThereError):
                await client.retry("no")
            assert (await client.delete([task.id, clone.id])).kept == {}

    asyncio.run(run())
