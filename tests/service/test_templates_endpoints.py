import httpx


def test_the_catalogue(live, project):
    with httpx.Client(base_url=live[1], headers={"Authorization": f"Bearer {project[1]}"}) as http:
        found = http.get("/v1/templates", params={"chip": "arm", "format": "tf_serving"}).json()
        assert [item["name"] for item in found["items"]] == ["TF-SavedModel-To-TFLite"]
        assert found["filters"]["chip"] == ["arm", "ascend", "general", "gpu"]
        assert http.get("/v1/templates/onnx-to-onnx").json()["settings"][0]["help"]["zh"]
        missing = http.get("/v1/templates/Onnx-To-Nothing")
        assert (missing.status_code, missing.json()["code"]) == (404, "MW-U103")
        assert http.get("/v1/templates", params={"chip": "abacus"}).status_code == 404
        assert missing.json()["hint"]
        [worker] = http.get("/v1/workers").json()
        assert http.get("/v1/templates/onnx-to-onnx").json()["workers"] == [worker["name"]]
        assert http.get("/v1/templates/onnx-to-tensorrt").json()["workers"] == []
    assert httpx.get(f"{live[1]}/v1/templates").status_code == 401
