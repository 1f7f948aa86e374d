import pytest

from modelwright.service.projects.roles import Role
from modelwright.service.sessions.service import COOKIE


def test_a_link_signs_in_once_and_looking_does_not_use_it_up(context, visitor):
    code = context.projects.first_sign_in(5)
    for _ in range(2):
        page = visitor.get(f"/sign-in?code={code}")
        assert page.status_code == 200
        assert f"modelwright tasks sign-in 'http://service.test/sign-in?code={code}'" in page.text
    answer = visitor.post("/sign-in", {"code": code, "next": "/templates"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/templates")
    assert visitor.get("/tasks").status_code == 200
    assert visitor.get("/sign-in").headers["Location"] == "/"
    answer = visitor.post("/sign-in", {"code": code})
    assert answer.status_code == 401
    assert "is not valid any more" in answer.text


def test_a_token_signs_in(context, visitor, asking):
    token = context.projects.create_token(asking(Role.ADMIN), Role.VIEWER, "a viewer")
    for wrong in ("", "mw_no", token[:-1] + ("a" if token[-1] != "a" else "b")):
        answer = visitor.post("/sign-in", {"token": wrong})
        assert answer.status_code == 401
        assert "This token is not valid" in answer.text
    visitor.sign_in(f" {token} ")
    assert "Signed in as a viewer, viewer" in visitor.get("/tasks").text


def test_forms_without_the_csrf_token_are_refused(context, visitor):
    code = context.projects.first_sign_in(5)
    visitor.get("/sign-in")
    for wrong in ("", "0" * 64):
        answer = visitor.ask("POST", "/sign-in", data={"code": code, "csrf": wrong})
        assert answer.status_code == 403
        assert COOKIE not in visitor.client.cookies
    assert visitor.post("/sign-in", {"code": code}).status_code == 303


def test_the_way_back_does_not_lead_elsewhere(context, visitor):
    code = context.projects.first_sign_in(5)
    answer = visitor.post("/sign-in", {"code": code, "next": "https://evil.example/tasks"})
    assert answer.headers["Location"] == "/tasks"


def test_signing_out_ends_the_session(operator):
    kept = operator.client.cookies[COOKIE]
    answer = operator.post("/sign-out", {"csrf": operator.csrf("/tasks")})
    assert answer.headers["Location"] == "/sign-in"
    assert COOKIE not in operator.client.cookies
    operator.client.cookies[COOKIE] = kept
    assert operator.get("/tasks").status_code == 303


def test_the_session_is_another_one_than_before(context, operator):
    before = operator.client.cookies[COOKIE]
    operator.post("/sign-in", {"csrf": operator.csrf("/tasks"), "code": context.projects.first_sign_in(5)})
    assert operator.client.cookies[COOKIE] != before


@pytest.mark.parametrize("name", ["<script>x</script>", '"onload="x'])
def test_labels_are_text(context, visitor, asking, name):
    visitor.sign_in(context.projects.create_token(asking(Role.ADMIN), Role.VIEWER, name))
    page = visitor.get("/tasks").text
    assert name not in page
    assert "Signed in as" in page
