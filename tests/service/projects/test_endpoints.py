import httpx


def test_tokens_and_who(live, project):
    headers = {"Authorization": f"Bearer {project[1]}"}
    with httpx.Client(base_url=live[1], headers=headers) as http:
        assert http.get("/v1/me").json() == {
            "label": "first admin",
            "project": project[0],
            "role": "admin",
            "operator": False,
        }
        made = http.post("/v1/tokens", json={"role": "viewer", "label": "ci"})
        assert made.status_code == 201
        viewer = {"Authorization": f"Bearer {made.json()['token']}"}
        assert httpx.post(f"{live[1]}/v1/uploads", headers=viewer).status_code == 403
        assert httpx.get(f"{live[1]}/v1/tokens", headers=viewer).status_code == 403
        listed = http.get("/v1/tokens").json()
        assert [item["label"] for item in listed] == ["first admin", "ci"]
        assert "secret" not in str(listed)
        assert http.delete(f"/v1/tokens/{listed[1]['id']}").status_code == 204
        assert httpx.get(f"{live[1]}/v1/me", headers=viewer).status_code == 401
        assert http.get("/v1/projects").json() == [project[0]]


def test_a_code_works_once(live):
    code = live[0].projects.first_sign_in(5)
    assert httpx.post(f"{live[1]}/v1/sign-in", json={"code": code}).status_code == 200
    assert httpx.post(f"{live[1]}/v1/sign-in", json={"code": code}).status_code == 401
