def test_a_browser_gets_a_page_that_says_there_is_none(visitor):
    page = visitor.get("/nothing", headers={"Accept": "text/html,*/*"})
    assert page.status_code == 404
    assert "<html" in page.text
    for path, accept in (("/nothing", "*/*"), ("/v1/nothing", "text/html")):
        answer = visitor.get(path, headers={"Accept": accept})
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert visitor.ask("PUT", "/v1/tasks", headers={"Accept": "text/html"}).status_code == 405


def test_pages_are_no_part_of_the_api(visitor):
    assert not [path for path in visitor.get("/openapi.json").json()["paths"] if path.startswith(("/tasks", "/sign"))]
