import io
import zipfile
from pathlib import Path

import httpx

from modelwright.client import NewTask


def test_one_file_a_part_of_it_and_all(live, project, client, place):
    task = client.create_task(NewTask(name="art", template="Onnx-To-Onnx", **place("art"), settings={"verify": False}))
    base = f"/v1/tasks/{task.id}"
    with httpx.Client(base_url=live[1], headers={"Authorization": f"Bearer {project[1]}"}) as http:
        task = client.wait(task.id, timeout=60)
        whole = http.get(f"{base}/artifacts/model/small.onnx")
        assert len(whole.content) == next(item.bytes for item in task.artifacts if item.name == "model/small.onnx")
        part = http.get(f"{base}/artifacts/model/small.onnx", headers={"Range": "bytes=2-5"})
        assert (part.status_code, part.content) == (206, whole.content[2:6])
        with zipfile.ZipFile(io.BytesIO(http.get(f"{base}/artifacts.zip").content)) as archive:
            assert archive.testzip() is None
            assert archive.read("model/small.onnx") == whole.content
        for name in ("../in-art/small.onnx", "%2e%2e/in-art/small.onnx", ".modelwright", "nothing"):
            assert http.get(f"{base}/artifacts/{name}").status_code == 404
        Path(task.output.removeprefix("file://"), "model/small.onnx").unlink()
        gone = http.get(f"{base}/artifacts/model/small.onnx")
        assert "is not in the output folder any more" in gone.json()["detail"]
