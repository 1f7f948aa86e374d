"""Parts of HTML pages."""

from __future__ import annotations

from modelwright.pages import code, document, folded, table, text


def test_text_is_escaped() -> None:
    assert text('<a href="x">') == "&lt;a href=&quot;x&quot;&gt;"
    assert code("<i>") == "<code>&lt;i&gt;</code>"
    assert "none" in code("")


def test_numbers_are_aligned_to_the_right() -> None:
    found = table(("name", "count"), [("a", "1")], numbers=1)
    assert '<th>name</th><th class="n">count</th>' in found
    assert '<td>a</td><td class="n">1</td>' in found


def test_long_content_is_closed() -> None:
    assert folded("few", "x", 200).startswith("<details open>")
    assert folded("many", "x", 201).startswith("<details><summary")


def test_a_page_leaves_empty_parts_out() -> None:
    page = document("<t>", ["a", "", "b"], style="p {}")
    assert "<title>&lt;t&gt;</title>" in page
    assert "a\nb" in page
    assert "p {}</style>" in page
