import pytest

from modelwright.service.app import build_app, build_context
from modelwright.service.console.visit import Fields, local_path
from modelwright.service.sessions.service import COOKIE
from modelwright.service.settings import ServiceSettings


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/tasks?status=Failed", "/tasks?status=Failed"),
        ("http://service.test/tasks?a=b", "/tasks?a=b"),
        ("//evil.example/x", "/x"),
        ("http://h//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/tasks?search=中 b", "/tasks?search=%E4%B8%AD%20b"),
        ("/tasks?search=a%20b", "/tasks?search=a%20b"),
        ("", "/"),
        ("http://[", "/"),
    ],
)
def test_only_paths_of_this_server_are_gone_to(address, path):
    assert local_path(address) == path


def test_fields():
    fields = Fields([("a", "1"), ("a", "2"), ("settings.x", "3")])
    assert (fields.get("a"), fields.all("a"), fields.get("b", "?")) == ("2", ["1", "2"], "?")
    assert fields.below("settings.") == {"x": "3"}


def test_who_is_not_signed_in_is_asked_to(visitor):
    answer = visitor.get("/tasks?status=Failed")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=/tasks%3Fstatus%3DFailed")
    answer = visitor.get("/tasks/live", headers={"HX-Request": "true", "HX-Current-URL": "http://service.test/tasks"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/sign-in?next=/tasks")


@pytest.mark.parametrize(("address", "always", "secure"), [("http", False, False), ("https", False, True)])
def test_cookies_are_for_https_where_there_is(context, address, always, secure):
    from browsing import Browser

    browser = Browser(context, f"{address}://service.test")
    code = context.projects.first_sign_in(5)
    cookie = browser.post("/sign-in", {"code": code}).headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert ("Secure" in cookie) is secure


def test_cookies_can_be_for_https_always(tmp_path):
    from browsing import Browser

    context = build_context(ServiceSettings(data=tmp_path / "data", secure_cookies=True))
    assert build_app(context)
    assert "Secure" in Browser(context).get("/sign-in").headers["Set-Cookie"]
    context.database.close()


def test_a_form_that_cannot_be_read_is_refused(operator):
    answer = operator.ask("POST", "/sign-out", content=b"csrf=%ff%fe")
    assert answer.status_code == 422


def test_services_on_other_ports_of_a_host_keep_their_sessions(context):
    from browsing import Browser

    browser = Browser(context, "http://service.test:8080")
    answer = browser.post("/sign-in", {"code": context.projects.first_sign_in(5)})
    assert answer.headers["Set-Cookie"].startswith(f"{COOKIE}_8080=")
    assert browser.get("/tasks").status_code == 200
    assert browser.get("/v1/me").json()["label"] == "sign-in"
    other = Browser(context, "http://service.test:8081")
    other.client.cookies = browser.client.cookies
    assert other.get("/tasks").status_code == 303
    assert other.get("/v1/me").status_code == 401
    browser.post("/sign-out", {"csrf": browser.csrf("/tasks")})
    assert browser.get("/tasks").status_code == 303


def test_a_host_that_is_none_is_no_fault(operator):
    for path in ("/tasks", "/sign-in", "/v1/me"):
        answer = operator.get(path, headers={"Host": "service.test:port"})
        assert answer.status_code in (200, 303, 400), path
