from browsing import HTMX


def test_errors_are_pages_or_notices(operator):
    page = operator.get("/tasks/none")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "MW-S002" in page.text
    part = operator.get("/tasks/none", headers=HTMX)
    assert part.status_code == 404
    assert part.text.strip().startswith('<div class="notice bad">')


def test_a_wrong_address_is_no_page(operator):
    assert operator.get("/tasks?sort=age").status_code == 404
    assert operator.get("/tasks?after=none").status_code == 422
