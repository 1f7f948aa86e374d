import pytest

from modelwright.service.console.log_view import PAGE, TAIL
from modelwright.service.logs import repository


@pytest.fixture
def task(context, asking, new_task):
    """A task with a long log."""
    found = context.tasks.create(asking(), new_task())
    lines = [
        {
            "time": "2026-01-01T00:00:00.000Z",
            "level": "error" if number % 100 == 0 else "info",
            "stage": "import",
            "message": f"line {number} <b>",
        }
        for number in range(PAGE + 50)
    ]
    with context.database.write() as connection:
        repository.append(connection, found.id, lines)
    return found


def test_a_tasks_page_begins_with_the_last_lines(operator, task):
    page = operator.get(f"/tasks/{task.id}").text
    assert f"line {PAGE + 49} &lt;b&gt;" in page
    assert f"line {PAGE + 50 - TAIL} &lt;b&gt;" in page
    assert f"line {PAGE + 49 - TAIL} &lt;b&gt;" not in page
    assert f"The last {TAIL} of {PAGE + 50} lines" in page


def test_pages_of_the_log(operator, task):
    first = operator.get(f"/tasks/{task.id}/log").text
    assert "line 0 &lt;b&gt;" in first
    assert f"line {PAGE} &lt;b&gt;" not in first
    assert f'href="/tasks/{task.id}/log?offset={PAGE}" rel="next"' in first
    assert 'rel="prev"' not in first
    second = operator.get(f"/tasks/{task.id}/log?offset={PAGE}").text
    assert f"line {PAGE + 49} &lt;b&gt;" in second
    assert f'href="/tasks/{task.id}/log" rel="prev"' in second
    assert 'rel="next"' not in second


def test_search_and_level(operator, task):
    page = operator.get(f"/tasks/{task.id}/log?search=LINE 100&level=").text
    assert "line 100 &lt;b&gt;" in page
    assert "line 101 &lt;b&gt;" not in page
    page = operator.get(f"/tasks/{task.id}/log?level=error").text
    assert page.count('class="log-line level-error"') == 6
    assert 'class="log-line level-info"' not in page
    assert "<option selected>error</option>" in page
    assert "No line fits." in operator.get(f"/tasks/{task.id}/log?search=nothing").text
    assert operator.get(f"/tasks/{task.id}/log?level=loud").status_code == 422
