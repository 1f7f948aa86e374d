import httpx


def test_pages_for_admins(live, project):
    with httpx.Client(base_url=live[1], headers={"Authorization": f"Bearer {project[1]}"}) as http:
        for number in range(3):
            http.post("/v1/tokens", json={"role": "viewer", "label": f"t{number}"})
        first = http.get("/v1/audit", params={"limit": 2}).json()
        rest = http.get("/v1/audit", params={"limit": 2, "cursor": first["next"]}).json()
        assert [item["details"]["label"] for item in first["items"] + rest["items"]] == ["t2", "t1", "t0"]
        assert rest["next"] is None
        viewer = http.post("/v1/tokens", json={"role": "editor", "label": "e"}).json()["token"]
    answer = httpx.get(f"{live[1]}/v1/audit", headers={"Authorization": f"Bearer {viewer}"})
    assert answer.json()["code"] == "MW-S007"
