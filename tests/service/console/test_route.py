import re

import pytest
from browsing import HTMX

from modelwright.service.console import install
from modelwright.service.console.route import PageRoute
from modelwright.service.projects.roles import Role

OPEN = ("/sign-in", "/sign-out", "/preferences/language", "/preferences/theme")
"""Pages for those who are not signed in."""
STOP = 286
"""htmx asks no more: what it looked at is gone."""


@pytest.fixture
def pages():
    """Method and path of every page."""
    found = [item for router in install._ROUTERS for item in router.routes]
    assert all(isinstance(item, PageRoute) for item in found)
    return [(method, item.path) for item in found for method in sorted(item.methods)]


def filled(path, task):
    return re.sub(r"\{[^}]+\}", lambda found: task if found[0] == "{task}" else "x", path)


def test_every_page_asks_who_is_there(visitor, pages):
    assert len(pages) > 25
    for method, path in pages:
        if path in OPEN:
            continue
        data = {"csrf": visitor.csrf()} if method == "POST" else None
        answer = visitor.ask(method, filled(path, "x"), data=data)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/sign-in"), path


def test_every_form_asks_for_the_csrf_token(operator, pages):
    forms = [path for method, path in pages if method == "POST"]
    assert len(forms) > 12
    for path in forms:
        assert operator.ask("POST", filled(path, "x"), data={"csrf": "0" * 64}).status_code == 403, path
    assert operator.get("/tasks").status_code == 200


def test_no_page_of_a_task_is_another_projects(context, signed_in, pages, asking, new_task):
    task = context.tasks.create(asking(), new_task())
    browser = signed_in(Role.ADMIN, "other")
    csrf = browser.csrf("/tasks")
    mine = [(method, path) for method, path in pages if "{task}" in path]
    assert len(mine) > 4
    for method, path in mine:
        for headers in ({}, HTMX):
            data = {"csrf": csrf} if method == "POST" else None
            answer = browser.ask(method, filled(path, task.id), data=data, headers=headers)
            assert answer.status_code in (404, STOP), path
            assert "first" not in answer.text, path


def test_errors_are_pages_or_notices(operator):
    page = operator.get("/tasks/none")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "MW-S002" in page.text
    part = operator.get("/tasks/none", headers=HTMX)
    assert part.status_code == 404
    assert part.text.strip().startswith('<div class="notice bad">')


def test_a_wrong_address_is_no_page(operator):
    answer = operator.get("/tasks?sort=age")
    assert answer.status_code == 422
    assert "the address holds something unknown: sort" in answer.text
    assert "地址中有无法识别的参数：sort" in operator.get("/tasks?sort=age", headers={"Accept-Language": "zh"}).text
    assert operator.get("/tasks/none/graph/middle").status_code == 404
    assert operator.get("/tasks?after=none").status_code == 422
