import pytest
from pydantic import ValidationError

from modelwright.templates.catalogue import template_named
from modelwright.templates.template import Setting, Template


def test_data_is_the_template():
    found = template_named("Onnx-To-Onnx")
    assert Template.model_validate(found.data()) == found
    assert found.setting("opset").minimum == 9
    assert found.setting("no_such") is None


def test_unknown_keys_are_refused():
    with pytest.raises(ValidationError):
        Setting.model_validate({"id": "a", "colour": "red"})
