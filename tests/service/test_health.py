import httpx


def test_health_workers_and_metrics(live, project):
    assert httpx.get(f"{live[1]}/health/live").json()["status"] == "ok"
    assert httpx.get(f"{live[1]}/health/ready").status_code == 200
    headers = {"Authorization": f"Bearer {project[1]}"}
    assert httpx.get(f"{live[1]}/v1/workers", headers=headers).json()[0]["slots"] == 2
    text = httpx.get(f"{live[1]}/metrics").text
    assert 'modelwright_requests_total{method="GET",route="/health/ready",status="200"}' in text
    assert 'modelwright_tasks{status="Running"}' in text
