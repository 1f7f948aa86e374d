import io

from rich.console import Console

from modelwright.cli.templates_view import show_template, show_templates
from modelwright.templates.catalogue import template_named, templates


def test_every_template_can_be_shown():
    console = Console(file=io.StringIO(), width=200)
    show_templates(templates(), console)
    for template in templates():
        show_template(template, "zh", console)
    show_template(template_named("Onnx-To-Onnx"), "en", console)
    text = console.file.getvalue()
    assert "opset of the result; 9...99" in text
    assert "true | false; default true" in text


def test_one_is_no_plural():
    for found, text in ((templates()[:1], "\n1 template; "), (templates()[:2], "\n2 templates; ")):
        console = Console(file=io.StringIO(), width=200)
        show_templates(found, console)
        assert text in console.file.getvalue()
