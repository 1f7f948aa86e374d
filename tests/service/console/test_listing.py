import re

import pytest
from browsing import HTMX
from sqlalchemy import update

from modelwright.service.console.listing import PAGE, View
from modelwright.service.projects.roles import Role
from modelwright.service.tasks.table import tasks


@pytest.fixture
def make(context, asking, new_task):
    """Makes tasks, in a state if one is named."""

    def of(name, status="Initializing", **changes):
        output = (context.store.own("default") / name).as_uri()
        task = context.tasks.create(asking(), new_task(name=name, output=output, **changes))
        with context.database.write() as connection:
            connection.execute(update(tasks).where(tasks.c.id == task.id).values(status=status))
        return task.id

    return of


def shown(page):
    return re.findall(r'id="name-\w+">([^<]+)<', page)


def test_the_first_page_teaches(operator, signed_in):
    assert operator.get("/").headers["Location"] == "/tasks"
    page = operator.get("/tasks").text
    assert "Convert your first model" in page
    assert 'action="/example"' in page
    page = signed_in(Role.VIEWER).get("/tasks").text
    assert 'action="/example"' not in page
    assert "Your role may look only" in page


def test_rows_show_what_is_known(operator, make):
    make("first", description="a small net")
    page = operator.get("/tasks").text
    for text in ("first", "a small net", "Initializing", "General onnx", "Onnx-To-Onnx", "any chip", "just now"):
        assert text in page
    page = operator.get("/tasks", headers={"Accept-Language": "zh"}).text
    for text in ("初始化", "通用", "刚刚"):
        assert text in page


def test_search_filter_and_sorting(operator, make):
    for name, status in (("beta", "Failed"), ("alpha", "Successful"), ("gamma", "Failed")):
        make(name, status)
    assert shown(operator.get("/tasks").text) == ["gamma", "alpha", "beta"]
    assert shown(operator.get("/tasks?sort=name").text) == ["alpha", "beta", "gamma"]
    assert shown(operator.get("/tasks?sort=name&order=desc").text) == ["gamma", "beta", "alpha"]
    assert shown(operator.get("/tasks?status=Failed").text) == ["gamma", "beta"]
    part = operator.get("/tasks?search=ALP&status=", headers=HTMX).text
    assert shown(part) == ["alpha"]
    assert "<html" not in part
    part = operator.get("/tasks?sort=name", headers=HTMX).text
    assert '<input type="hidden" form="filters" name="sort" value="name">' in part
    page = operator.get("/tasks?search=nothing").text
    assert "No task fits" in page
    assert "Failed (2)" in page
    assert operator.get("/tasks?status=Lost").status_code == 422


def test_pages_go_forth_and_back(operator, make):
    made = [f"task{number:02}" for number in range(2 * PAGE + 1)]
    for name in made:
        make(name, "Successful")
    newest = made[::-1]
    first = operator.get("/tasks").text
    assert shown(first) == newest[:PAGE]
    assert 'rel="prev"' not in first
    second = operator.get(link(first, "next")).text
    assert shown(second) == newest[PAGE : 2 * PAGE]
    third = operator.get(link(second, "next")).text
    assert shown(third) == newest[2 * PAGE :]
    assert 'rel="next"' not in third
    back = operator.get(link(third, "prev")).text
    assert shown(back) == newest[PAGE : 2 * PAGE]
    again = operator.get(link(back, "prev")).text
    assert shown(again) == newest[:PAGE]
    assert 'rel="prev"' not in again


def link(page, which):
    return re.search(rf'href="([^"]+)" rel="{which}"', page)[1].replace("&amp;", "&")


def test_a_view_keeps_what_differs_from_the_usual():
    view = View(search="a b", status="Failed", deleted=3)
    assert view.link({}) == "/tasks?search=a+b&status=Failed"
    assert view.sorted_by("created") == "/tasks?search=a+b&status=Failed&order=asc"
    assert View().sorted_by("name") == "/tasks?sort=name&order=asc"
    assert View(order="asc").sorted_by("created") == "/tasks"


def test_live_rows_are_those_that_changed(context, operator, make):
    task = make("first", "Running")
    page = operator.get("/tasks").text
    seen = re.search(r'name="seen" value="([^"]+)"', page)[1]
    assert seen == f"{task}:Running..1"
    assert operator.get("/tasks/live").status_code == 204
    part = operator.get(f"/tasks/live?seen={seen}", headers=HTMX).text
    assert f'<span id="duration-{task}" hx-swap-oob="true">' in part
    assert "<tr" not in part
    with context.database.write() as connection:
        connection.execute(update(tasks).values(status="Failed"))
    part = operator.get(f"/tasks/live?seen={seen}", headers=HTMX).text
    assert f'<tr id="row-{task}" hx-swap-oob="true">' in part
    assert "first: Failed" in part
    assert 'name="seen"' not in part


def test_delete_asks_first(context, operator, make):
    over, busy = make("over", "Failed"), make("busy", "Running")
    csrf = operator.csrf("/tasks")
    fields = {"csrf": csrf, "ids": [over, busy, "nothing"]}
    headers = {**HTMX, "HX-Current-URL": "http://service.test/tasks?status=Failed&deleted=2"}
    part = operator.post("/tasks/delete", fields, headers=headers).text
    assert "<html" not in part
    assert 'name="back" value="/tasks?status=Failed"' in part
    assert f'value="{over}"' in part
    assert f'value="{busy}"' not in part
    assert "busy" in part
    page = operator.post("/tasks/delete", fields).text
    assert "<html" in page
    confirmed = {"csrf": csrf, "ids": [over, busy], "confirmed": "yes", "back": "/tasks?status=Failed"}
    answer = operator.post("/tasks/delete", confirmed)
    assert answer.headers["Location"] == "/tasks?status=Failed&deleted=1&kept=1"
    page = operator.get(answer.headers["Location"]).text
    assert "Tasks deleted: 1." in page
    assert shown(operator.get("/tasks").text) == ["busy"]
    only = operator.post("/tasks/delete", {"csrf": csrf, "only": busy}, headers=HTMX).text
    assert "None of the selected tasks can be deleted." in only
    assert "No task is selected." in operator.post("/tasks/delete", {"csrf": csrf}, headers=HTMX).text


def test_cancel_and_retry_give_the_row(operator, make):
    task = make("first")
    csrf = operator.csrf("/tasks")
    part = operator.post(f"/tasks/{task}/cancel", {"csrf": csrf}, headers=HTMX).text
    assert part.strip().startswith(f'<tr id="row-{task}">')
    assert "Canceled" in part
    part = operator.post(f"/tasks/{task}/retry", {"csrf": csrf}, headers=HTMX).text
    assert "Initializing" in part
    again = operator.post(f"/tasks/{task}/retry", {"csrf": csrf}, headers=HTMX)
    assert again.status_code == 409
    assert "cancel it first" in again.text
    answer = operator.post(
        f"/tasks/{task}/cancel", {"csrf": csrf}, headers={"Referer": f"http://service.test/tasks/{task}"}
    )
    assert answer.headers["Location"] == f"/tasks/{task}"


def test_viewers_change_nothing(signed_in, make):
    task = make("first")
    browser = signed_in(Role.VIEWER)
    page = browser.get("/tasks").text
    assert 'type="checkbox"' not in page
    assert "/cancel" not in page
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    for path in (f"/tasks/{task}/cancel", f"/tasks/{task}/retry", "/example"):
        assert browser.post(path, {"csrf": csrf}).status_code == 403
    assert browser.post("/tasks/delete", {"csrf": csrf, "ids": [task], "confirmed": "yes"}).status_code == 403


def test_another_project_sees_nothing_of_it(signed_in, make):
    task = make("first", "Failed")
    browser = signed_in(Role.ADMIN, "other")
    assert "Convert your first model" in browser.get("/tasks").text
    csrf = browser.csrf("/tasks")
    for path in (f"/tasks/{task}", f"/tasks/{task}/status"):
        assert browser.get(path).status_code == 404
    assert browser.get(f"/tasks/live?seen={task}:x").status_code == 204
    for path in (f"/tasks/{task}/cancel", f"/tasks/{task}/retry"):
        assert browser.post(path, {"csrf": csrf}).status_code == 404
    assert "first" not in browser.post("/tasks/delete", {"csrf": csrf, "ids": [task]}, headers=HTMX).text
    answer = browser.post("/tasks/delete", {"csrf": csrf, "ids": [task], "confirmed": "yes"})
    assert answer.headers["Location"] == "/tasks?deleted=0&kept=1"


@pytest.mark.parametrize("path", ["/tasks/delete", "/tasks/x/cancel", "/tasks/x/retry", "/example", "/sign-out"])
def test_nothing_changes_without_the_csrf_token(operator, path):
    assert operator.ask("POST", path, data={"ids": "x", "confirmed": "yes"}).status_code == 403
