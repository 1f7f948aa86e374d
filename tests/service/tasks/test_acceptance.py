import pytest

from modelwright.service.errors import InvalidRequestError
from modelwright.service.tasks.acceptance import accept


def faults(context, asking, new):
    with pytest.raises(InvalidRequestError) as caught:
        accept(asking(), new, context.store)
    return {fault.where: fault.message for fault in caught.value.faults}


def test_a_good_request(context, asking, new_task):
    found = accept(asking(), new_task(settings={"opset": 18, "verify": False}), context.store)
    assert found.settings == {"opset": "18", "verify": "false"}
    assert found.input.endswith("/store/default/in")


def test_everything_missing(context, asking, new_task):
    empty = new_task(name="", template="", input="", output="")
    assert set(faults(context, asking, empty)) == {"name", "template", "input", "output"}


def test_everything_wrong(context, asking, new_task):
    new = new_task(name="A", description="a<b", output="file:///etc/x", settings={"opset": 1, "colour": "red"})
    found = faults(context, asking, new)
    assert set(found) == {"name", "description", "output", "settings.opset", "settings.colour"}
    assert "outside" in found["output"]


def test_folders(context, asking, new_task):
    good = new_task()
    own = context.store.own("default")
    assert "no *.pb" in faults(context, asking, new_task(template="TF-FrozenGraph-To-Onnx"))["input"]
    assert "no folder at" in faults(context, asking, new_task(input=(own / "no").as_uri()))["input"]
    assert "within the input folder" in faults(context, asking, new_task(output=good.input + "/out"))["output"]
    (own / "full").mkdir()
    (own / "full" / "x").touch()
    assert "holds x" in faults(context, asking, new_task(output=(own / "full").as_uri()))["output"]
    (own / "in" / "link.data").symlink_to("/etc/hostname")
    assert "link.data is a link" in faults(context, asking, good)["input"]
