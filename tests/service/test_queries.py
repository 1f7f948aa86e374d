import httpx


def test_misspelled_filters_are_told(live, project):
    headers = {"Authorization": f"Bearer {project[1]}"}
    with httpx.Client(base_url=live[1], headers=headers) as http:
        answer = http.get("/v1/tasks", params={"state": "Failed", "limt": "3", "sort": "name"})
        assert (answer.status_code, answer.json()["code"]) == (422, "MW-S001")
        found = {item["where"]: item["remedy"] for item in answer.json()["errors"]}
        assert found["query.limt"] == "did you mean limit?"
        assert set(found) == {"query.state", "query.limt"}
        assert http.get("/v1/me", params={"x": ""}).json()["errors"][0]["remedy"] == "leave it out"
        assert http.get("/v1/tasks", params={"limit": "3"}).status_code == 200


def test_methods_that_a_path_does_not_have(live, project):
    headers = {"Authorization": f"Bearer {project[1]}"}
    for path, allowed in (
        ("/v1/tasks", "GET, POST"),
        ("/v1/tasks/x", "DELETE, GET"),
        ("/v1/tasks/delete", "POST"),
        ("/health/live", "GET"),
    ):
        answer = httpx.put(f"{live[1]}{path}", headers=headers)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
        assert answer.headers["content-type"] == "application/problem+json"
