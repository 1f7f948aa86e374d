import re

import pytest
from browsing import HTMX, Browser

from modelwright.service.projects.roles import Role


def made(page):
    return re.search(r'id="made"[^>]*>([^<]+)<', page)[1].replace("&amp;", "&")


def test_a_token_is_made_and_shown_once(context, signed_in):
    browser = signed_in(Role.ADMIN)
    answer = browser.post("/tokens", {"csrf": browser.csrf("/tokens"), "label": "<b>ci</b>", "role": "viewer"})
    token = made(answer.text)
    assert context.projects.authenticate(f"Bearer {token}").role is Role.VIEWER
    page = browser.get("/tokens").text
    assert token not in page
    assert "&lt;b&gt;ci&lt;/b&gt;" in page
    assert "<b>ci" not in page + answer.text
    assert "New project" not in page


@pytest.mark.parametrize(("label", "role"), [("", "viewer"), ("x" * 101, "viewer"), ("ci", "king")])
def test_a_token_that_cannot_be_is_refused(signed_in, label, role):
    browser = signed_in(Role.ADMIN)
    fields = {"csrf": browser.csrf("/tokens"), "label": label, "role": role}
    assert browser.post("/tokens", fields).status_code == 422


def test_a_token_is_revoked_after_a_question(context, signed_in, asking):
    browser = signed_in(Role.ADMIN)
    token = context.projects.create_token(asking(Role.ADMIN), Role.VIEWER, "old one")[3:35]
    csrf = browser.csrf("/tokens")
    part = browser.post(f"/tokens/{token}/revoke", {"csrf": csrf}, headers=HTMX).text
    assert "Revoke the token for old one?" in part
    assert "<html" in browser.post(f"/tokens/{token}/revoke", {"csrf": csrf}).text
    assert "old one" in browser.get("/tokens").text
    answer = browser.post(f"/tokens/{token}/revoke", {"csrf": csrf, "confirmed": "yes"})
    assert answer.headers["Location"] == "/tokens"
    assert "old one" not in browser.get("/tokens").text
    gone = browser.post(f"/tokens/{'0' * 32}/revoke", {"csrf": csrf}, headers=HTMX).text
    assert "no such token" in gone
    assert browser.post(f"/tokens/{token}/revoke", {"csrf": csrf, "confirmed": "yes"}).status_code == 404


def test_a_session_ends_with_its_token(context, signed_in, asking):
    browser = signed_in(Role.EDITOR)
    token = next(row.id for row in context.projects.tokens(asking(Role.ADMIN)) if row.label == "an editor")
    context.projects.revoke_token(asking(Role.ADMIN), token)
    assert browser.get("/tasks").headers["Location"] == "/sign-in?next=/tasks"


def test_the_operator_makes_projects_and_links(context, operator):
    csrf = operator.csrf("/tokens")
    page = operator.post("/projects", {"csrf": csrf, "name": "vision"}).text
    assert context.projects.authenticate(f"Bearer {made(page)}").project == "vision"
    assert operator.post("/projects", {"csrf": csrf, "name": "vision"}).status_code == 409
    assert operator.post("/projects", {"csrf": csrf, "name": "No"}).status_code == 422
    page = operator.post("/sign-in-links", {"csrf": csrf}).text
    assert "within 60 minutes" in page
    link = made(page)
    assert link.startswith("http://service.test/sign-in?code=")
    other = Browser(context)
    assert other.post("/sign-in", {"code": link.partition("code=")[2]}).status_code == 303


@pytest.mark.parametrize("path", ["/projects", "/sign-in-links"])
def test_admins_are_no_operators(signed_in, path):
    browser = signed_in(Role.ADMIN)
    answer = browser.post(path, {"csrf": browser.csrf("/tokens"), "name": "mine"})
    assert answer.status_code == 403
    assert "/sign-in?code" not in answer.text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_others_are_no_admins(signed_in, role):
    browser = signed_in(role)
    page = browser.get("/tasks").text
    assert 'href="/tokens"' not in page
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    for path in ("/tokens", "/audit"):
        assert browser.get(path).status_code == 403
    for path in ("/tokens", "/tokens/x/revoke", "/projects", "/sign-in-links"):
        assert browser.post(path, {"csrf": csrf, "label": "x", "role": "admin", "confirmed": "yes"}).status_code == 403


@pytest.mark.parametrize("path", ["/tokens", "/tokens/x/revoke", "/projects", "/sign-in-links"])
def test_nothing_changes_without_the_csrf_token(operator, path):
    assert operator.ask("POST", path, data={"label": "x", "confirmed": "yes"}).status_code == 403


def test_another_projects_tokens_and_trail_are_not_shown(context, signed_in, asking):
    context.projects.create_token(asking(Role.ADMIN), Role.VIEWER, "theirs")
    browser = signed_in(Role.ADMIN, "other")
    token = next(row.id for row in context.projects.tokens(asking(Role.ADMIN)) if row.label == "theirs")
    for path in ("/tokens", "/audit"):
        assert "theirs" not in browser.get(path).text
    fields = {"csrf": browser.csrf("/tokens"), "confirmed": "yes"}
    assert browser.post(f"/tokens/{token}/revoke", fields).status_code == 404


def test_the_trail_says_who_did_what(context, operator, asking, new_task):
    task = context.tasks.create(asking(), new_task())
    page = operator.get("/audit").text
    for text in ("task created", "addConvert", "tester", "name: first, template: Onnx-To-Onnx", f"/tasks/{task.id}"):
        assert text in page
    assert "创建任务" in operator.get("/audit", headers={"Accept-Language": "zh"}).text
    for number in range(51):
        context.projects.create_token(asking(Role.ADMIN), Role.VIEWER, f"<i>{number}")
    first = operator.get("/audit").text
    assert "label: &lt;i&gt;50" in first
    assert "task created" not in first
    older = re.search(r'href="([^"]+)" rel="next"', first)[1]
    assert "task created" in operator.get(older).text


def test_a_fault_is_a_page_too(operator, monkeypatch):
    def broken(*_):
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr("modelwright.service.console.admin.list_audit", broken)
    answer = operator.get("/audit", headers={"Accept": "text/html"})
    assert answer.status_code == 500
    assert "<html" in answer.text
    assert "a secret" not in answer.text
    assert operator.get("/audit").headers["Content-Type"] == "application/problem+json"
