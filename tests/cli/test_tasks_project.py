import json

import pytest


@pytest.fixture
def tasks(call, live, project, monkeypatch):
    monkeypatch.setenv("MODELWRIGHT_SERVER", live[1])
    monkeypatch.setenv("MODELWRIGHT_TOKEN", project[1])
    return lambda *argv: call("tasks", *argv)


def test_folders(tasks, project, live):
    root = tasks("storage").out.strip()
    assert root.endswith(f"/store/{project[0]}")
    assert json.loads(tasks("storage", "--json").out) == [root]
    assert tasks("storage", root).out == "nothing is there\n"
    (live[0].store.own(project[0]) / "in").mkdir()
    assert json.loads(tasks("storage", root, "--json").out)[0]["name"] == "in"
    assert "in/" in tasks("storage", root).out
    assert "MW-S007" in tasks("storage", "file:///etc").err


def test_tokens_and_the_audit_trail(tasks, project, monkeypatch):
    token = tasks("tokens", "--make", "for a viewer", "--role", "viewer").out.strip()
    assert "for a viewer" in tasks("tokens").out
    assert tasks("audit", "--most", "1").out.splitlines()[1].split()[2:] == ["admin", "addToken", token[3:35]]
    assert json.loads(tasks("audit", "--json").out)[0]["details"] == {"label": "for a viewer", "role": "viewer"}
    monkeypatch.setenv("MODELWRIGHT_TOKEN", token)
    assert tasks("me").out.splitlines()[1].split() == ["for", "a", "viewer", project[0], "viewer"]
    assert "the role viewer may not do this" in tasks("tokens", "--make", "more").err
    monkeypatch.setenv("MODELWRIGHT_TOKEN", project[1])
    assert tasks("tokens", "--revoke", token[3:35]).out == f"revoked  {token[3:35]}\n"
    monkeypatch.setenv("MODELWRIGHT_TOKEN", token)
    assert "MW-S006" in tasks("me").err
    assert tasks("tokens", "--make", "a", "--revoke", "b").code == 2


def test_projects_and_workers(tasks, project, operator_token, monkeypatch):
    assert tasks("projects").out.strip() == project[0]
    assert tasks("projects", "--make", "another").code == 2
    assert "slots" in tasks("workers").out
    monkeypatch.setenv("MODELWRIGHT_TOKEN", operator_token)
    assert tasks("projects", "--make", "another-one").out.startswith("mw_")
    assert "another-one" in tasks("projects").out.splitlines()
