import html

import pytest
from browsing import HTMX

from modelwright.service.app import build_context
from modelwright.service.console.browse import trail
from modelwright.service.settings import ServiceSettings


def test_folders_and_files_are_shown(context, operator):
    own = context.store.own("default")
    (own / "mod els" / "net").mkdir(parents=True)
    (own / "mod els" / "a<b>.onnx").write_bytes(b"x" * 2400)
    page = operator.get("/browse?field=input", headers=HTMX).text
    assert "<html" not in page
    assert "mod els" in page
    url = f"{own.as_uri()}/mod%20els"
    page = operator.get("/browse", params={"field": "output", "url": url}, headers=HTMX).text
    assert "a&lt;b&gt;.onnx" in page
    assert "2.4 kB" in page
    assert f'data-choose="{url}"' in page
    assert "data-new-folder" in page
    assert "<html" in operator.get("/browse", params={"url": url}).text


def test_roots_are_shown_where_there_are_several(tmp_path):
    from browsing import Browser

    (tmp_path / "models").mkdir()
    context = build_context(ServiceSettings(data=tmp_path / "data", roots={"*": [tmp_path / "models"]}))
    browser = Browser(context)
    browser.post("/sign-in", {"code": context.projects.first_sign_in(5)})
    page = html.unescape(browser.get("/browse", headers=HTMX).text)
    assert (tmp_path / "models").as_uri() in page
    assert "data-choose" not in page
    context.database.close()


@pytest.mark.parametrize("url", ["file:///etc", "file:///", "http://x/y"])
def test_nothing_else_is_shown(operator, url):
    assert operator.get("/browse", params={"url": url}, headers=HTMX).status_code in (403, 422)


def test_another_projects_folders_are_not_shown(context, signed_in):
    browser = signed_in(project="other")
    url = context.store.own("default").as_uri()
    assert browser.get("/browse", params={"url": url}, headers=HTMX).status_code == 403


def test_the_way_to_a_folder():
    roots = ["file:///data/a", "file:///data/a/b", "s3://bucket"]
    assert trail(roots, "file:///data/a/b/c%20d") == [("file:///data/a/b", "b"), ("file:///data/a/b/c%20d", "c d")]
    assert trail(roots, "s3://bucket") == [("s3://bucket", "bucket")]
    assert trail(roots, "s3://bucket/x") == [("s3://bucket", "bucket"), ("s3://bucket/x", "x")]
