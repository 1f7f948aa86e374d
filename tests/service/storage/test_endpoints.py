import httpx


def test_browsing(live, project):
    with httpx.Client(base_url=live[1], headers={"Authorization": f"Bearer {project[1]}"}) as http:
        (root,) = http.get("/v1/storage/roots").json()
        assert root.endswith(project[0])
        assert http.get("/v1/storage", params={"url": root}).json() == {"url": root, "entries": []}
        assert http.get("/v1/storage", params={"url": f"{root}/.."}).json()["code"] == "MW-S007"
        assert http.get("/v1/storage", params={"url": f"{root}/no"}).json()["code"] == "MW-S002"
        assert http.get("/v1/storage", params={"url": "s3://x/y"}).json()["code"] == "MW-S001"
        assert http.get("/v1/storage").status_code == 422
