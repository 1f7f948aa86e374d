import httpx


def test_only_uploads_may_be_large(live, project):
    with httpx.Client(base_url=live[1], headers={"Authorization": f"Bearer {project[1]}"}) as http:
        answer = http.post("/v1/tasks", content=b" " * (2 << 20))
        assert (answer.status_code, answer.json()["code"]) == (413, "MW-S008")
        pieces = (b" " * (1 << 18) for _ in range(8))
        assert http.post("/v1/tasks", content=pieces).status_code == 413
        upload = http.post("/v1/uploads").json()["id"]
        grown = http.patch(f"/v1/uploads/{upload}/files/a", content=b" " * (2 << 20))
        assert grown.json()["offset"] == 2 << 20
        assert http.post("/v1/tasks", json={}).status_code == 422
