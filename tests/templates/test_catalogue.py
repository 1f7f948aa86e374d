import pytest

from modelwright.backends.manifests import backend_named
from modelwright.errors import UnknownNameError
from modelwright.targets.profile import profile_named
from modelwright.templates.catalogue import facets, find_templates, template_named, templates
from modelwright.templates.template import Origin

MODELARTS = {
    "Caffe-To-Ascend",
    "TF-FrozenGraph-To-TFLite",
    "TF-SavedModel-To-TFLite",
    "TF-FrozenGraph-To-TensorRT",
    "TF-SavedModel-To-TensorRT",
    "TF-FrozenGraph-To-Ascend",
    "TF-SavedModel-To-Ascend",
    "Onnx-To-Ascend-TBE",
    "TF-FrozenGraph-To-Ascend-C32",
    "TF-SavedModel-To-Ascend-C32",
    "TF-FrozenGraph-To-Ascend-HiLens",
    "TF-SavedModel-To-Ascend-HiLens",
}


def test_the_twelve_come_first():
    found = templates()
    assert {item.name for item in found[:12]} == MODELARTS
    assert all(item.origin is Origin.OWN for item in found[12:])


def test_every_file_has_its_templates_name_and_known_parts():
    for item in templates():
        backend = backend_named(item.target)
        assert item.artifact.endswith(backend.suffixes)
        assert item.result in item.artifact
        assert profile_named(item.profile)
        assert item.description.zh
        assert len({setting.id for setting in item.settings}) == len(item.settings)
        assert all(setting.help.zh and setting.label.zh for setting in item.settings)


def test_every_source_has_every_target():
    sources = {item.name.partition("-To-")[0] for item in templates()}
    for source in sources:
        targets = {item.target for item in templates() if item.name.startswith(f"{source}-To-")}
        missing = {"onnx", "tflite", "tensorrt", "mindir", "ascend"} - targets
        assert missing == {"TFLite": {"tflite"}, "MindIR": {"mindir"}}.get(source, set())


def test_filters_and_search():
    assert {item.name for item in find_templates(chip="ARM", framework="tensorflow", model_format="tf_serving")} == {
        "TF-SavedModel-To-TFLite"
    }
    assert {item.chip for item in find_templates(search="hilens kit")} == {"ascend"}
    assert "Paddle-To-Onnx" in {item.name for item in find_templates(search="转换 paddle")}
    assert find_templates(search="no such words") == ()
    with pytest.raises(UnknownNameError, match="no chip named 'abacus'"):
        find_templates(chip="abacus")


def test_names():
    assert template_named("caffe-to-ascend").name == "Caffe-To-Ascend"
    with pytest.raises(UnknownNameError) as caught:
        template_named("Onnx-To-Ascend")
    assert "Onnx-To-Ascend-TBE" in caught.value.hint
    with pytest.raises(UnknownNameError):
        template_named("zzz")


def test_facets():
    assert facets(find_templates(chip="gpu"))["result"] == ["engine"]


def test_unknown_names_say_where_all_are():
    for name, hint in (("zzzzzzzz", "`modelwright templates` lists all"), ("Onnx-To-Onx", "'Onnx-To-Onnx'")):
        with pytest.raises(UnknownNameError) as caught:
            template_named(name)
        assert hint in caught.value.hint
