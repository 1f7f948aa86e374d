import pytest

from modelwright.backends.ascend.gears import read_gears
from modelwright.backends.ascend.rules import Case, problems
from modelwright.backends.ascend.settings import Tool
from modelwright.backends.ascend.shapes import parse_input_shape


def found(settings=None, *, framework=5, shape="x:1,3,8,8", layout="NCHW", tool=Tool.ATC, image=None):
    settings = settings or {}
    case = Case(
        tool=tool,
        framework=framework,
        settings=settings,
        inputs=parse_input_shape(shape),
        input_format=layout,
        gears=read_gears(settings),
        image_input=image,
    )
    return [message for message, hint in problems(case) if hint]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"op_select_implmode": "high_precision", "optypelist_for_implmode": "Pooling,SoftmaxV2"},
        {"input_fp16_nodes": "x", "is_input_adjust_hw_layout": "true"},
        {"out_nodes": "a:0;b:1", "output_type": "a:0:FP16;b:1:FP32", "is_output_adjust_hw_layout": "true,false"},
        {"enable_compress_weight": "false", "compress_weight_conf": "f"},
        {"input_shape_range": "x:[1,3,8,8]"},
    ],
)
def test_what_goes_together(settings):
    assert found(settings) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"precision_mode": "a", "precision_mode_v2": "b"}, "precision_mode and precision_mode_v2"),
        (
            {"op_precision_mode": "f", "op_select_implmode": "high_precision"},
            "op_precision_mode and op_select_implmode",
        ),
        ({"enable_compress_weight": "true", "compress_weight_conf": "f"}, "exclude each other"),
        ({"input_shape_range": "x:1", "input_shape": "x:1"}, "input_shape_range and input_shape"),
        ({"input_shape_range": "x:1", "dynamic_dims": "1;2"}, "input_shape_range and dynamic_dims"),
        ({"optypelist_for_implmode": "A"}, "does nothing without op_select_implmode"),
        ({"optypelist_for_implmode": "A", "op_select_implmode": "high_precision_for_all"}, "high_precision_for_all"),
        ({"is_input_adjust_hw_layout": "true"}, "does nothing without input_fp16_nodes"),
        ({"input_fp16_nodes": "y"}, "there is no input 'y'"),
        ({"input_fp16_nodes": "x", "is_input_adjust_hw_layout": "true,true"}, "2 values for 1"),
        ({"input_fp16_nodes": "x", "is_input_adjust_hw_layout": "yes"}, "is_input_adjust_hw_layout is 'yes'"),
        ({"out_nodes": "a:0", "output_type": "b:0:FP16"}, "b:0 is not among out_nodes"),
        ({"op_name_map": "f"}, "op_name_map is for Caffe"),
        ({"enable_scope_fusion_passes": "A"}, "for TensorFlow"),
    ],
)
def test_what_does_not(settings, message):
    assert any(message in item for item in found(settings)), found(settings)


def test_layouts_of_frameworks():
    assert found(framework=3, layout="NHWC") == []
    assert any("NHWC does not go with a ONNX model" in item for item in found(layout="NHWC"))
    assert any("does not go with a Caffe" in item for item in found(framework=0, layout="NCDHW", shape="x:1,1,1,1,1"))
    assert any("no input has 5 dimensions" in item for item in found(layout="NCDHW"))
    assert found(layout="NCDHW", shape="x:1,1,1,1,1") == []


def test_dynamic_dims_and_preprocessing():
    settings = {"dynamic_dims": "1;2", "insert_op_conf": "f"}
    assert any("dynamic_dims and insert_op_conf" in item for item in found(settings, shape="x:-1,3,8,8", layout="ND"))


def test_images_need_a_known_size_and_stay_integers():
    assert any("has an open shape" in item for item in found({"insert_op_conf": ""}, shape="x:-1,3,8,8", image="x"))
    settings = {"insert_op_conf": "", "dynamic_batch_size": "1,2"}
    assert found(settings, shape="x:-1,3,8,8", image="x") == []
    assert any("cannot be float16" in item for item in found({"input_fp16_nodes": "x"}, image="x"))


def test_omg_takes_fixed_shapes_only():
    assert found(tool=Tool.OMG) == []
    assert any("fixed shapes only" in item for item in found(tool=Tool.OMG, shape="x:-1,3,8,8"))
