import json

import httpx

from modelwright.client import NewTask


def test_offsets_search_and_stream(live, project, client, place):
    task = client.create_task(NewTask(name="log", template="Onnx-To-Onnx", **place("log"), settings={"verify": False}))
    path = f"/v1/tasks/{task.id}/logs"
    with httpx.Client(base_url=live[1], headers={"Authorization": f"Bearer {project[1]}"}, timeout=60) as http:
        events = http.get(f"{path}/stream").text.strip().split("\n\n")
        kinds = [event.split("event: ")[1].split("\n")[0] for event in events]
        assert kinds[-1] == "end"
        assert json.loads(events[-1].split("data: ")[1])["status"] == "Successful"
        whole = http.get(path).json()
        assert whole["total"] == len(whole["lines"]) == kinds.count("line")
        assert whole["next"] == whole["total"]
        part = http.get(path, params={"offset": 2, "lines": 3}).json()
        assert [line["number"] for line in part["lines"]] == [2, 3, 4]
        assert part["next"] == 5
        found = http.get(path, params={"search": "Output Node"}).json()
        assert [line["message"] for line in found["lines"]] == ["output node y: float32[N, 4]"] * 2
        again = http.get(f"{path}/stream", headers={"Last-Event-ID": str(whole["total"] - 2)}).text
        assert again.count("event: line") == 1
        for wrong in ({"offset": -1}, {"lines": -1}, {"level": "loud"}):
            answer = http.get(path, params=wrong)
            assert (answer.status_code, answer.json()["code"]) == (422, "MW-S001")
