from modelwright.service.console.headers import PAGE_POLICY


def test_pages_run_no_foreign_scripts_and_are_not_framed(visitor):
    headers = visitor.get("/sign-in").headers
    assert headers["Content-Security-Policy"] == PAGE_POLICY
    assert "unsafe" not in PAGE_POLICY
    assert "frame-ancestors 'none'" in PAGE_POLICY
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_answers_of_rest_have_them_too(visitor):
    headers = visitor.get("/v1/me").headers
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
