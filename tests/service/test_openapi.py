import httpx


def test_the_document_says_what_errors_are_and_what_can_be_done_next(live):
    paths = httpx.get(f"{live[1]}/openapi.json").json()["paths"]
    operations = [operation for item in paths.values() for operation in item.values()]
    for operation in operations:
        for status, answer in operation["responses"].items():
            if status.startswith("4") and "content" in answer:
                assert list(answer["content"]) == ["application/problem+json"]
                assert answer["content"]["application/problem+json"]["schema"]["$ref"].endswith("/ProblemModel")
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    links = paths["/v1/tasks"]["post"]["responses"]["201"]["links"]
    assert links["cancel_task"] == {"operationId": "cancel_task", "parameters": {"task": "$response.body#/id"}}
    assert "complete_upload" in paths["/v1/uploads"]["post"]["responses"]["201"]["links"]
    assert "text/event-stream" in paths["/v1/tasks/{task}/logs/stream"]["get"]["responses"]["200"]["content"]
    assert paths["/v1/me"]["get"]["security"] == [{"token": []}]
