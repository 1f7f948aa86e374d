import re

import pytest
from jinja2 import UndefinedError

from modelwright.service.console.rendering import FOLDER, Pages


def test_data_never_become_markup():
    pages = Pages()
    error = {"message": "<script>alert(1)</script>", "hint": "'\"><img src=x>", "code": "MW-S001"}
    text = pages.render("problem.html", "en", {"error": error})
    assert "<script>" not in text
    assert "<img" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_what_is_not_there_is_an_error():
    with pytest.raises(UndefinedError):
        Pages().render("problem.html", "en", {})


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.html")), ids=lambda path: path.name)
def test_templates_hold_nothing_that_the_policy_forbids(path):
    text = path.read_text(encoding="utf-8")
    assert "|safe" not in text.replace(" ", "")
    assert not re.search(r"<script(?![^>]*src=)", text)
    assert not re.search(r"<style|\sstyle=|\son\w+=|hx-on|javascript:", text)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.html")), ids=lambda path: path.name)
def test_every_form_that_changes_something_has_the_csrf_token(path):
    text = path.read_text(encoding="utf-8")
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", text, re.DOTALL):
        assert "csrf_field()" in form or 'name="csrf"' in form
