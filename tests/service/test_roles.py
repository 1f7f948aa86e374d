"""Who may ask for what: every route, with every role, without a token, and with one that was revoked."""

import httpx
import pytest
from routes import Values, asked, routes

ANYBODY, VIEWER, EDITOR, ADMIN, OPERATOR = "anybody", "viewer", "editor", "admin", "operator"
ORDER = (ANYBODY, VIEWER, EDITOR, ADMIN, OPERATOR)

NEEDED = {
    ("get", "/health/live"): ANYBODY,
    ("get", "/health/ready"): ANYBODY,
    ("post", "/v1/sign-in"): ANYBODY,
    ("get", "/v1/audit"): ADMIN,
    ("get", "/v1/me"): VIEWER,
    ("get", "/v1/projects"): VIEWER,
    ("post", "/v1/projects"): OPERATOR,
    ("get", "/v1/storage"): VIEWER,
    ("get", "/v1/storage/roots"): VIEWER,
    ("get", "/v1/tasks"): VIEWER,
    ("post", "/v1/tasks"): EDITOR,
    ("post", "/v1/tasks/delete"): EDITOR,
    ("get", "/v1/tasks/{task}"): VIEWER,
    ("delete", "/v1/tasks/{task}"): EDITOR,
    ("get", "/v1/tasks/{task}/artifacts"): VIEWER,
    ("get", "/v1/tasks/{task}/artifacts.zip"): VIEWER,
    ("get", "/v1/tasks/{task}/artifacts/{name}"): VIEWER,
    ("post", "/v1/tasks/{task}/cancel"): EDITOR,
    ("post", "/v1/tasks/{task}/clone"): EDITOR,
    ("get", "/v1/tasks/{task}/logs"): VIEWER,
    ("get", "/v1/tasks/{task}/logs/stream"): VIEWER,
    ("post", "/v1/tasks/{task}/retry"): EDITOR,
    ("get", "/v1/templates"): VIEWER,
    ("get", "/v1/templates/{name}"): VIEWER,
    ("get", "/v1/tokens"): ADMIN,
    ("post", "/v1/tokens"): ADMIN,
    ("delete", "/v1/tokens/{token}"): ADMIN,
    ("post", "/v1/uploads"): EDITOR,
    ("delete", "/v1/uploads/{upload}"): EDITOR,
    ("get", "/v1/uploads/{upload}"): VIEWER,
    ("post", "/v1/uploads/{upload}/complete"): EDITOR,
    ("patch", "/v1/uploads/{upload}/files/{name}"): EDITOR,
    ("get", "/v1/workers"): VIEWER,
}
NONE = "0" * 32
VALUES = Values(
    task=NONE, artifact="a", upload=NONE, file="a", token=NONE, input="file:///x", output="file:///y", name="role-names"
)


@pytest.fixture(scope="module")
def tokens(live, operator_token):
    """A token of each role in one project; ``revoked`` is one that was."""
    found = {OPERATOR: operator_token}
    with httpx.Client(base_url=live[1]) as http:
        headers = {"Authorization": f"Bearer {operator_token}"}
        found[ADMIN] = http.post("/v1/projects", json={"name": "roles"}, headers=headers).json()["token"]
        headers = {"Authorization": f"Bearer {found[ADMIN]}"}
        for label, role in ((VIEWER, VIEWER), (EDITOR, EDITOR), ("revoked", ADMIN)):
            new = {"role": role, "label": label}
            found[label] = http.post("/v1/tokens", json=new, headers=headers).json()["token"]
        assert http.delete(f"/v1/tokens/{found['revoked'][3:35]}", headers=headers).status_code == 204
    return found


def test_every_route_says_who_may_ask(live):
    with httpx.Client(base_url=live[1]) as http:
        assert set(routes(http)) == set(NEEDED)


@pytest.mark.parametrize("role", [VIEWER, EDITOR, ADMIN, OPERATOR])
def test_a_role_opens_what_it_should_and_nothing_else(live, tokens, role):
    headers = {"Authorization": f"Bearer {tokens[role]}"}
    with httpx.Client(base_url=live[1]) as http:
        for route, needed in NEEDED.items():
            enough = ORDER.index(role) >= ORDER.index(needed)
            for request in asked(route, VALUES):
                answer = request.send(http, headers)
                forbidden = '"MW-S007"' in answer.text and "the project's folders" not in answer.text
                assert forbidden == (answer.status_code == 403 and route[1] != "/v1/storage")
                assert forbidden != enough, (route, role, answer.text)


def bad_headers(tokens):
    good = tokens[VIEWER]
    yield {}
    for text in (
        f"Bearer {tokens['revoked']}",
        f"Bearer {good[:-1]}{'A' if good[-1] != 'A' else 'B'}",
        f"Bearer mw_{NONE}{good[35:]}",
        f"Basic {good}",
        f"Bearer {good} x",
        f"Bearer{good}",
        good,
        "Bearer",
        "Bearer mw_",
        f"Bearer {good.upper()}",
    ):
        yield {"Authorization": text}


def test_without_a_valid_token_nothing_opens(live, tokens):
    with httpx.Client(base_url=live[1]) as http:
        for headers in bad_headers(tokens):
            for route, needed in NEEDED.items():
                for request in asked(route, VALUES):
                    answer = request.send(http, headers)
                    if needed != ANYBODY:
                        assert (answer.status_code, answer.json()["code"]) == (401, "MW-S006"), (route, headers)
                        assert answer.headers["www-authenticate"] == "Bearer"
                    else:
                        assert answer.status_code == (401 if route[1] == "/v1/sign-in" else 200)


def test_a_token_says_nothing_in_lists_or_the_audit_trail(live, tokens):
    headers = {"Authorization": f"Bearer {tokens[ADMIN]}"}
    with httpx.Client(base_url=live[1], headers=headers) as http:
        for path in ("/v1/tokens", "/v1/audit", "/v1/me"):
            text = http.get(path).text
            assert not [name for name, token in tokens.items() if token[36:] in text]
