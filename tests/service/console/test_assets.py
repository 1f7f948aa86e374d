import re

from modelwright.service.console.assets import FOLDER, Assets


def test_files_are_served_and_kept_for_ever(visitor):
    url = Assets().url("console.css")
    found = visitor.get(url)
    assert found.content == (FOLDER / "console.css").read_bytes()
    assert "immutable" in found.headers["Cache-Control"]
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert visitor.get(url.partition("?")[0]).headers["Cache-Control"] == "no-cache"
    for path in ("/static/nothing.css", "/static/../install.py", "/static/%2e%2e/install.py", "/static/"):
        assert visitor.get(path).status_code == 404


def test_every_script_and_style_of_a_page_is_there(visitor):
    page = visitor.get("/sign-in").text
    for url in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
        assert visitor.get(url).status_code == 200


def test_foreign_files_have_their_licence_beside_them():
    assert sorted(path.name for path in (FOLDER / "vendor").iterdir()) == ["htmx-2.0.11.min.js", "htmx-LICENSE.txt"]
    assert 'version:"2.0.11"' in (FOLDER / "vendor" / "htmx-2.0.11.min.js").read_text()


def test_files_are_only_read(visitor):
    answer = visitor.ask("POST", "/static/console.css")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
