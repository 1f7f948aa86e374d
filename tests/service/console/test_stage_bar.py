import datetime as dt
from types import SimpleNamespace

import pytest

from modelwright.service.console.stage_bar import WIDTH, segments
from modelwright.service.tasks.schemas import Stage


@pytest.fixture
def task(context, asking, new_task):
    """A task that began at a known moment."""
    found = context.tasks.create(asking(), new_task())
    return found.model_copy(update={"started": "2026-01-01T00:00:00.000Z"})


def line(second, stage, message):
    return SimpleNamespace(time=f"2026-01-01T00:00:{second:02}.000Z", stage=stage, message=message)


def test_widths_are_shares_and_none_is_lost(task):
    stages = [Stage(name="import", seconds=1.0), Stage(name="optimize", seconds=0.0), Stage(name="export", seconds=3.0)]
    found = segments(task.model_copy(update={"stages": stages}), ())
    assert [item.name for item in found] == ["import", "optimize", "export"]
    assert found[0].x == 0
    assert found[-1].x + found[-1].width == pytest.approx(WIDTH, abs=0.1)
    assert found[1].width > 5
    assert found[2].width == pytest.approx(3 * found[0].width, rel=0.01)
    assert not any(item.open for item in found)


def test_a_task_that_runs_has_what_its_log_tells(task):
    lines = [
        SimpleNamespace(time="2025-12-31T00:00:00.000Z", stage="verify", message="begins"),
        line(1, "import", "begins"),
        line(3, "import", "is over"),
        line(3, "optimize", "begins"),
    ]
    now = dt.datetime(2026, 1, 1, 0, 0, 9, tzinfo=dt.UTC)
    found = segments(task, lines, at=now)
    assert [(item.name, item.seconds, item.open) for item in found] == [("import", 2.0, False), ("optimize", 6.0, True)]
    ended = task.model_copy(update={"finished": "2026-01-01T00:00:05.000Z"})
    assert segments(ended, lines, at=now)[1].seconds == 2.0


def test_nothing_to_show(task):
    assert segments(task, ()) == []
    only = segments(task.model_copy(update={"stages": [Stage(name="import", seconds=0.0)]}), ())
    assert (only[0].x, only[0].width) == (0, WIDTH)
