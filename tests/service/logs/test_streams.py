"""Many who follow one log: all see all of it, and the service goes on answering."""

import asyncio
import time

import httpx
import pytest
from running import running_elsewhere

from modelwright.service.engine.lease import Leases, close
from modelwright.service.tasks.states import TaskStatus

CLIENTS = 60
LINES = 40


@pytest.fixture
def claim(live, project):
    """A task that somebody else than the service's own engine runs."""
    return running_elsewhere(live[0].database, project[0])


async def follow(http, path):
    numbers, kinds = [], []
    async with http.stream("GET", path) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                numbers.append(int(line[4:]))
            if line.startswith("event: "):
                kinds.append(line[7:])
    return numbers, kinds


async def talk(database, claim):
    leases = Leases(database, "test", 300)
    for number in range(LINES):
        line = {"time": "", "level": "info", "stage": "import", "message": f"line {number}"}
        assert leases.beat(claim, [line]) == (True, False)
        await asyncio.sleep(0.02)
    with database.write() as connection:
        assert close(connection, claim, TaskStatus.FAILED, {})


async def answers(http, path, until):
    slowest = 0.0
    while not until.done():
        begun = time.monotonic()
        assert (await http.get(path)).status_code == 200
        slowest = max(slowest, time.monotonic() - begun)
        await asyncio.sleep(0.05)
    return slowest


def test_everybody_sees_everything(live, project, claim):
    path = f"/v1/tasks/{claim.row.id}"

    async def run():
        headers = {"Authorization": f"Bearer {project[1]}"}
        limits = httpx.Limits(max_connections=CLIENTS + 5)
        async with httpx.AsyncClient(base_url=live[1], headers=headers, limits=limits, timeout=60) as http:
            together = asyncio.gather(*(follow(http, f"{path}/logs/stream") for _ in range(CLIENTS)))
            slowest = asyncio.create_task(answers(http, path, together))
            await talk(live[0].database, claim)
            return await together, await slowest

    found, slowest = asyncio.run(run())
    for numbers, kinds in found:
        assert numbers == list(range(LINES))
        assert kinds[-2:] == ["status", "end"]
    assert slowest < 5
