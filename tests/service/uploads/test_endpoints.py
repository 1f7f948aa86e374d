import math
import os
import re
from pathlib import Path

import httpx

from modelwright.service import console as upload_script


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


def test_what_the_consoles_script_asks(live, project):
    """Pieces of its size, what it does when a piece was lost or came twice, and all of the folder at the end."""
    script = (Path(upload_script.__file__).parent / "static/upload.js").read_text()
    factors = re.search(r"const PIECE = ([\d *]+);", script)[1].split("*")
    piece = math.prod(int(factor) for factor in factors)
    data = os.urandom(piece + 1000)
    with httpx.Client(base_url=live[1], headers={"Authorization": f"Bearer {project[1]}"}, timeout=60) as http:
        upload = http.post("/v1/uploads").json()["id"]
        path = f"/v1/uploads/{upload}/files/my%20net/%E7%BD%91.onnx"
        assert http.get(f"/v1/uploads/{upload}").json()["files"].get("my net/\u7f51.onnx", 0) == 0
        first = http.patch(path, content=data[:piece], headers={"Upload-Offset": "0"})
        assert first.json()["offset"] == piece
        again = http.patch(path, content=data[:piece], headers={"Upload-Offset": "0"})
        assert again.status_code == 409  # its answer was lost: how much is there says where to go on
        known = http.get(f"/v1/uploads/{upload}").json()["files"]["my net/\u7f51.onnx"]
        assert http.patch(path, content=data[known:], headers={"Upload-Offset": str(known)}).json()["offset"] == len(
            data
        )
        empty = http.patch(f"/v1/uploads/{upload}/files/my%20net/empty", content=b"", headers={"Upload-Offset": "0"})
        assert empty.json()["offset"] == 0
        url = http.post(f"/v1/uploads/{upload}/complete").json()["url"]
        entries = http.get("/v1/storage", params={"url": url}).json()["entries"]
        assert sorted((item["name"], item["bytes"]) for item in entries) == [("empty", 0), ("\u7f51.onnx", len(data))]
