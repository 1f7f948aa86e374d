import httpx


def test_resuming(live, project):
    with httpx.Client(base_url=live[1], headers={"Authorization": f"Bearer {project[1]}"}) as http:
        upload = http.post("/v1/uploads").json()["id"]
        path = f"/v1/uploads/{upload}/files/m/net.onnx"
        assert http.patch(path, content=b"abc").headers["Upload-Offset"] == "3"
        lost = http.patch(path, content=b"abc")
        assert (lost.status_code, lost.json()["code"]) == (409, "MW-S005")
        assert http.get(f"/v1/uploads/{upload}").json()["files"] == {"m/net.onnx": 3}
        assert http.patch(path, content=b"def", headers={"Upload-Offset": "3"}).json()["offset"] == 6
        for name in ("%2e%2e/x", "a/%2e%2e/%2e%2e/x", ".x", "a%00b", "a%5cb"):
            assert http.patch(f"/v1/uploads/{upload}/files/{name}", content=b"x").status_code in (404, 405, 422)
        url = http.post(f"/v1/uploads/{upload}/complete").json()["url"]
        entries = http.get("/v1/storage", params={"url": url}).json()["entries"]
        assert [(item["name"], item["bytes"]) for item in entries] == [("net.onnx", 6)]
        other = http.post("/v1/uploads").json()["id"]
        assert http.delete(f"/v1/uploads/{other}").status_code == 204
        assert http.get(f"/v1/uploads/{other}").status_code == 404
