import pytest

from modelwright.pipeline.plan import plan
from modelwright.pipeline.settling import settle
from modelwright.templates.catalogue import template_named, templates
from modelwright.templates.convert import TemplateRequest, prepare


@pytest.fixture
def recipe(model_folder, tmp_path):
    def make(name, kind=None, **settings):
        template = template_named(name)
        folder = model_folder(kind or template.format)
        if settings.get("quantization") == "int8" or settings.get("precision") == "8bit":
            (folder / "calibration_data").mkdir()
            (folder / "calibration_data/0.npy").touch()
        interpreters = {"tf_python": "/no/python"} if settings.pop("interpreter", False) else {}
        request = TemplateRequest(
            template=template, folder=folder, output=tmp_path / "out", settings=settings, interpreters=interpreters
        )
        return prepare(request).recipe

    return make


@pytest.mark.parametrize("name", [item.name for item in templates()])
def test_every_template_makes_a_plan(recipe, name):
    settings = {"precision": "32bit"} if template_named(name).setting("precision") else {}
    found = settle(recipe(name, **settings))
    assert [step.name for step in plan(found).steps][-1] == "verify"
    assert found.output.target == template_named(name).target


def test_ascend_settings_go_to_the_compiler_that_has_them(recipe):
    found = recipe("TF-FrozenGraph-To-Ascend", fp16_high_prec="1", enable_l2dynamic="false", input_shape="x:?,9")
    assert found.output.options == {
        "soc_version": "Ascend310",
        "input_shape": "x:1,9",
        "input_format": "NHWC",
        "op_select_implmode": "high_precision",
        "output_type": "FP32",
        "buffer_optimize": "off_optimize",
    }
    assert found.output.path.endswith("out/frozen.om")


def test_omg(recipe):
    found = recipe("TF-SavedModel-To-Ascend-C32", ddk_version="1.32.0.B080", net_format="ND", layout="model")
    assert found.output.options == {
        "input_format": "NHWC",
        "ascend_tool": "omg",
        "net_format": "ND",
        "fp16_high_prec": "0",
        "output_type": "FP32",
        "enable_l2dynamic": "true",
        "ddk_version": "1.32.0.B080",
    }
    assert found.output.path.endswith("out/model/model.om")


def test_names_shapes_and_batch(recipe):
    found = recipe("TF-FrozenGraph-To-Onnx", input_tensor_names="x:0", batch_size="4", opset="18", verify="false")
    assert found.options == {"inputs": ["x:0[4,9]"]}
    assert (found.output.opset, found.verify.enabled) == (18, False)


def test_caffe_has_two_files(recipe):
    found = recipe("Caffe-To-Onnx", input_shape="x:1,3,9,9", interpreter=True)
    assert found.source.path.endswith("net.prototxt")
    assert found.options["caffemodel"].endswith("net.caffemodel")
    assert found.verify.interpreter("tf_python") == "/no/python"


def test_paddle_shapes_are_one_text(recipe):
    found = recipe("Paddle-To-Onnx", input_shape="x:1,3;y:2")
    assert found.options == {"input_shape_dict": "x[1,3],y[2]"}


def test_precision(recipe):
    assert recipe("TF-FrozenGraph-To-TFLite", precision="16bit").output.options == {"float16_weights": True}
    assert recipe("TF-SavedModel-To-TensorRT", precision="16bit").output.options == {"precision": "fp16"}
    assert recipe("Onnx-To-TFLite", weights="int8").output.options == {"dynamic_range": True}


def test_quantization(recipe):
    found = recipe("TF-FrozenGraph-To-TFLite", precision="8bit")
    assert found.quantize.data["inputs"][0]["path"].endswith("input_frozen_graph/calibration_data")
    assert (found.quantize.settings, found.quantize.search) == ({}, True)


def test_quantization_of_our_own(recipe):
    given = {"calibration_method": "kl", "calibration_batches": "7"}
    found = recipe("Onnx-To-TensorRT", quantization="int8", **given)
    assert found.quantize.settings["method"] == "kl"
    assert found.quantize.data["batches"] == 7
    assert found.output.options == {"precision": "int8"}
