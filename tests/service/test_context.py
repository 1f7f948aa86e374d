import httpx

from modelwright.service.context import Context


def test_who_asks_is_found_out_and_counted(live, project):
    found: Context = live[0]
    assert httpx.get(f"{live[1]}/v1/me").json()["code"] == "MW-S006"
    header = {"Authorization": f"Bearer {project[1]}"}
    assert httpx.get(f"{live[1]}/v1/me", headers=header).json()["project"] == project[0]
    assert project[1][3:35] in found.limiter._buckets


def test_a_session_is_enough_for_rest(signed_in):
    browser = signed_in()
    assert browser.get("/v1/me").json()["label"] == "an editor"
    assert browser.ask("POST", "/v1/uploads").json()["code"] == "MW-S007"
    assert browser.ask("POST", "/v1/uploads", headers={"X-CSRF-Token": browser.csrf("/tasks")}).status_code == 201
    assert browser.ask("POST", "/v1/uploads", headers={"Authorization": "Bearer mw_none"}).status_code == 401
