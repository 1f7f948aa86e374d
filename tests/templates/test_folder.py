import pytest

from modelwright.errors import ModelNotFoundError
from modelwright.templates import folder as module
from modelwright.templates.catalogue import template_named
from modelwright.templates.folder import check_folder, list_folder
from modelwright.templates.values import check_values


def check(template, *names, **given):
    found_template = template_named(template)
    values, _ = check_values(found_template, given)
    found, problems = check_folder(found_template, names, values)
    return found, [str(item) for item in problems]


def test_a_saved_model():
    names = ("saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001", "notes.txt")
    found, problems = check("TF-SavedModel-To-Ascend", *names)
    assert problems == []
    assert (found.source(""), found.stem(""), found.ignored) == ("", "model", ("notes.txt",))


def test_the_model_may_be_in_a_folder_of_its_own():
    found, problems = check("TF-FrozenGraph-To-TFLite", "model/net.pb", "reference.npz", precision="32bit")
    assert problems == []
    assert found.source("model") == "model/net.pb"
    assert found.stem("model") == "net"
    assert found.files["reference"] == ("reference.npz",)


def test_everything_wrong_is_listed():
    _, problems = check("Caffe-To-Ascend", "a.caffemodel", "b.caffemodel", "plugin/op/x.so")
    assert problems[:2] == [
        "input: no *.prototxt; exactly one is needed: the network",
        "input: 2 files *.caffemodel: a.caffemodel, b.caffemodel; leave one in the folder",
    ]
    assert problems[2].startswith("input: plugin/**: custom operators are compiled by the toolkit")
    _, problems = check("TF-SavedModel-To-Ascend", "saved_model.pb")
    assert problems == [
        "input: no variables/variables.index; exactly one is needed: index of the variables",
        "input: no variables/variables.data-*-of-*; at least 1 is needed: the variables",
    ]


def test_a_star_ends_at_a_slash():
    assert check("Onnx-To-Onnx", "deep/er/a.onnx")[1] == ["input: no *.onnx; exactly one is needed: the model"]


def test_listing(tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("b/x", "a", ".hidden"):
        (tmp_path / name).touch()
    assert list_folder(tmp_path) == ("a", "b/x")
    with pytest.raises(ModelNotFoundError, match="no folder at"):
        list_folder(tmp_path / "c")
    with pytest.raises(ModelNotFoundError) as caught:
        list_folder(tmp_path / "a")
    assert "give the folder that holds it" in caught.value.hint


def test_a_folder_of_everything(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_FILES", 1)
    (tmp_path / "a").touch()
    (tmp_path / "b").touch()
    with pytest.raises(ModelNotFoundError, match="over 1 files"):
        list_folder(tmp_path)


def test_a_saved_model_is_no_frozen_graph():
    _, problems = check("TF-FrozenGraph-To-Ascend", "saved_model.pb")
    assert len(problems) == 1
    assert problems[0].endswith("this is a SavedModel, no frozen graph; use a template whose format is saved_model")


def test_rules_that_depend_on_settings():
    names = ("net.pb", "calibration_data/x/0.npy", "calibration_data/y/0.npy")
    found, problems = check("TF-FrozenGraph-To-TFLite", *names)
    assert (problems, found.files["calibration"]) == ([], names[1:])
    found, problems = check("TF-FrozenGraph-To-TFLite", *names, precision="32bit")
    assert (problems, found.ignored) == ([], names[1:])
    _, problems = check("TF-FrozenGraph-To-TFLite", "net.pb")
    assert problems[0].startswith("input: no calibration_data/**; at least 1 is needed for precision=8bit: ")
