import html
import re

import pytest
from browsing import HTMX

from modelwright.service.projects.roles import Role
from modelwright.templates.catalogue import templates


@pytest.fixture
def form(context, new_task):
    """A form that is filled in well, with changes."""

    def fill(browser, **changes):
        new = new_task()
        fields = {
            "csrf": browser.csrf("/tasks"),
            "template": "Onnx-To-Onnx",
            "name": "first",
            "description": "a net",
            "input": new.input,
            "output": "",
            "settings.verify": ["false", "true"],
            "settings.batch_size": "2",
        }
        return fields | changes

    return fill


def faults(page, place):
    found = re.search(rf'id="faults-{re.escape(place)}"[^>]*>(.*?)</div>', page, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", found[1])).strip()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_form_of_every_template_has_its_settings_with_their_help(operator, language):
    for template in templates():
        page = operator.get(f"/tasks/new?template={template.name}", headers={"Accept-Language": language}).text
        check_form(template, page, language)


def check_form(template, page, language):
    text = html.unescape(page)
    for setting in template.settings:
        assert f'name="settings.{setting.id}"' in page
        assert getattr(setting.help, language) in text
        assert getattr(setting.label, language) in text
        for choice in setting.choices:
            assert f"<option{' selected' if choice == setting.default else ''}>{choice}</option>" in page
    for rule in template.input.files:
        assert (getattr(rule.help, language) in text) is not bool(rule.refused)
    assert re.search(r'value="convert-[0-9a-f]{4}"', page)


def test_a_form_makes_a_task_with_what_differs_from_the_defaults(context, operator, form, asking):
    answer = operator.post("/tasks/new", form(operator))
    assert answer.status_code == 303
    task = context.tasks.get(asking(), answer.headers["Location"].removeprefix("/tasks/"))
    assert (task.name, task.description, task.settings) == ("first", "a net", {"batch_size": "2"})
    assert task.output == (context.store.own("default") / "outputs" / "first").as_uri()


def test_a_switch_that_is_off_is_off(context, operator, form, asking):
    answer = operator.post("/tasks/new", form(operator, **{"settings.verify": "false"}))
    task = context.tasks.get(asking(), answer.headers["Location"].removeprefix("/tasks/"))
    assert task.settings == {"batch_size": "2", "verify": "false"}


def test_a_form_that_is_sent_twice_makes_one_task(operator, form):
    fields = form(operator, key="same")
    first, second = (operator.post("/tasks/new", fields).headers["Location"] for _ in range(2))
    assert first == second


def test_all_that_is_wrong_is_shown_at_its_field(operator, form):
    changes = {"name": "Bad", "description": "<b>", "input": "", "settings.batch_size": "x", "settings.opset": "3"}
    answer = operator.post("/tasks/new", form(operator, **changes))
    assert answer.status_code == 422
    page = answer.text
    assert "Not created yet: 5 to correct" in page
    assert "is no name of a task" in faults(page, "name")
    assert "it holds < >" in faults(page, "description")
    assert "it is missing" in faults(page, "input")
    assert "is no whole number" in faults(page, "settings.batch_size")
    assert "out of range" in faults(page, "settings.opset")
    assert faults(page, "output") == ""
    assert 'value="&lt;b&gt;"' in page
    assert page.count('aria-invalid="true"') == 5


def test_a_name_that_is_taken_is_said_at_the_name(operator, form):
    operator.post("/tasks/new", form(operator))
    page = operator.post("/tasks/new", form(operator)).text
    assert "there is a task 'first'" in faults(page, "name")


def test_an_output_folder_that_is_taken_is_another_one(context, operator, form, asking):
    (context.store.own("default") / "outputs" / "first").mkdir(parents=True)
    (context.store.own("default") / "outputs" / "first" / "x").touch()
    answer = operator.post("/tasks/new", form(operator))
    task = context.tasks.get(asking(), answer.headers["Location"].removeprefix("/tasks/"))
    assert task.output.startswith((context.store.own("default") / "outputs").as_uri())
    assert not task.output.endswith("/first")


def test_fields_are_checked_as_one_types(operator, form):
    fields = form(operator, name="Bad", **{"settings.batch_size": "x"}, input="")
    headers = {**HTMX, "HX-Trigger-Name": "name"}
    part = operator.post("/tasks/new/check", fields, headers=headers).text
    assert "<html" not in part
    assert "is no name of a task" in faults(part, "name")
    assert "is no whole number" in faults(part, "settings.batch_size")
    assert faults(part, "input") == ""
    headers = {**HTMX, "HX-Trigger-Name": "input"}
    assert "it is missing" in faults(operator.post("/tasks/new/check", fields, headers=headers).text, "input")
    fields["input"] = "file:///etc"
    assert "outside" in faults(operator.post("/tasks/new/check", fields, headers=headers).text, "input")


def test_a_folder_that_fits_is_said_to(operator, form):
    fields = form(operator)
    headers = {**HTMX, "HX-Trigger-Name": "input"}
    part = operator.post("/tasks/new/check", fields, headers=headers).text
    assert "It holds what the template needs: <code>small.onnx</code>" in part
    assert 'id="found"' in part
    part = operator.post("/tasks/new/check", fields | {"template": "Caffe-To-Onnx"}, headers=headers).text
    assert 'id="found"' in part
    assert "It holds" not in part
    headers["HX-Trigger-Name"] = "name"
    assert 'id="found"' not in operator.post("/tasks/new/check", fields, headers=headers).text


def test_a_clone_is_filled_in_as_the_task_was(context, operator, asking, new_task):
    old = context.tasks.create(asking(), new_task(description="a net", settings={"batch_size": 7}))
    page = operator.get(f"/tasks/new?clone={old.id}").text
    for text in ("Clone and edit", 'value="a net"', f'value="{old.input}"', 'value="7"'):
        assert text in page
    assert 'value="first"' not in page
    fields = dict(re.findall(r'<input[^>]*name="(csrf|template|clone|key)" value="([^"]*)"', page))
    values = {"name": "second", "input": old.input, "settings.batch_size": "8"}
    answer = operator.post("/tasks/new", fields | values)
    task = context.tasks.get(asking(), answer.headers["Location"].removeprefix("/tasks/"))
    assert (task.cloned_from, task.settings["batch_size"], task.input) == (old.id, "8", old.input)
    assert operator.post("/tasks/new", fields | values | {"name": ""}).status_code == 422


def test_without_a_template_one_is_chosen_first(operator, signed_in):
    assert operator.get("/tasks/new").headers["Location"] == "/templates"
    assert operator.get("/tasks/new?template=None-Such").status_code == 404
    assert signed_in(Role.VIEWER).get("/tasks/new?template=Onnx-To-Onnx").status_code == 403


def test_another_projects_task_is_not_cloned(signed_in, context, asking, new_task, form):
    old = context.tasks.create(asking(), new_task())
    browser = signed_in(Role.EDITOR, "other")
    assert browser.get(f"/tasks/new?clone={old.id}").status_code == 404
    fields = form(browser, clone=old.id, input=old.input)
    assert browser.post("/tasks/new", fields).status_code == 404
    fields = form(browser, input=old.input)
    assert "outside of the project" in faults(browser.post("/tasks/new", fields).text, "input")


@pytest.mark.parametrize("path", ["/tasks/new", "/tasks/new/check"])
def test_nothing_is_made_without_the_csrf_token(operator, form, path):
    assert operator.ask("POST", path, data=form(operator, csrf="no")).status_code == 403


@pytest.mark.parametrize(
    ("switch", "shown", "cookie"),
    [
        ({"language": "zh"}, "创建", "modelwright_language=zh"),
        ({"theme": "dark"}, 'data-theme="dark"', "modelwright_theme=dark"),
    ],
)
def test_a_switch_keeps_what_is_filled_in(operator, form, switch, shown, cookie):
    page = operator.get("/tasks/new?template=Onnx-To-Onnx").text
    for name in ("language", "theme"):
        assert re.search(rf'<button[^>]*form="create"[^>]*name="{name}"', page)
    draft = form(operator, name="half", description="so far & more", **switch)
    answer = operator.post("/tasks/new?template=Onnx-To-Onnx", draft)
    assert answer.status_code == 200
    assert shown in answer.text
    for text in ('value="half"', 'value="so far &amp; more"', draft["input"], 'value="2"'):
        assert text in answer.text
    assert any(text.startswith(cookie) for text in answer.headers.get_list("set-cookie"))
    assert operator.get("/v1/tasks").json()["items"] == []


def test_other_pages_keep_their_switches(operator):
    assert 'form="create"' not in operator.get("/templates").text
    assert operator.post("/preferences/language", {"language": "zh"}).status_code == 303
