"""The report as a page."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

from modelwright.quantize.report.found import Before
from modelwright.quantize.report.page import report_page

VOID = {"meta", "br"}


class _Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _parsed(page: str) -> _Balanced:
    parser = _Balanced()
    parser.feed(page)
    assert not parser.open
    return parser


def test_a_page_needs_nothing_else_and_names_are_escaped(report) -> None:
    page = report_page(report)
    parsed = _parsed(page)
    assert "<b>mobile</b>" not in page
    assert not re.search(r"<script|https?://|src=|@import|url\(", page)
    assert len(parsed.ids) == len(set(parsed.ids)) == len(report.tensors)
    assert {link.removeprefix("#") for link in parsed.links} <= set(parsed.ids)
    said = "".join(parsed.text)
    for part in ("Do <this>", "modelwright quantize 'a b.onnx' && true", "4.00 times smaller", "2.00 times faster"):
        assert part in said


def test_many_tensors_are_folded(report) -> None:
    rows = tuple(dataclasses.replace(report.tensors[1], var=f"t{place}") for place in range(500))
    page = report_page(dataclasses.replace(report, tensors=rows))
    parsed = _parsed(page)
    assert "440 more" in page
    assert len(set(parsed.ids)) == 500


def test_what_is_not_known_is_not_shown(report) -> None:
    nothing = Before(before=None, after=None)
    page = report_page(
        dataclasses.replace(report, bytes=nothing, milliseconds=nothing, advice=(), findings=(), floats=())
    )
    for part in ("one run", "smaller", "What to do next", "What the doctor found", "What stayed float"):
        assert part not in page
    assert "times slower" in report_page(dataclasses.replace(report, milliseconds=Before(before=1.0, after=2.0)))


def test_the_same_report_gives_the_same_page(report) -> None:
    assert report_page(report) == report_page(report)
