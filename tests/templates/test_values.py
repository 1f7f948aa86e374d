import pytest

from modelwright.templates.catalogue import template_named
from modelwright.templates.values import LONGEST, check_values, split_names, typed

ASCEND = template_named("TF-FrozenGraph-To-Ascend")
TFLITE = template_named("TF-FrozenGraph-To-TFLite")


def problems(template=ASCEND, **given):
    return [str(item) for item in check_values(template, given)[1]]


def test_defaults_fill_in():
    values, wrong = check_values(ASCEND, {"fp16_high_prec": "1", "out_nodes": " "})
    assert wrong == []
    assert (values["fp16_high_prec"], values["net_format"], values["out_nodes"]) == ("1", "5D", "")


def test_everything_wrong_is_listed():
    found = problems(input_fromat="NCHW", output_type="FP99", input_shape="x", rtol="much", atol="-1", verify="yes")
    assert len(found) == 6
    assert found[0].startswith(
        "settings.input_fromat: TF-FrozenGraph-To-Ascend has no such setting; did you mean input_"
    )


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("batch_size", "0", "out of range"),
        ("batch_size", "1.5", "no whole number"),
        ("batch_size", "65537", "out of range"),
        ("batch_size", "１", "no whole number"),
        ("rtol", "nan", "not finite"),
        ("rtol", "1e400", "not finite"),
        ("input_tensor_names", "a::b", "empty name"),
        ("input_tensor_names", "a:0:b:a:0", "there twice"),
        ("precision", "8", "no choice"),
        ("output_tensor_names", "x" * LONGEST, "4000 characters"),
    ],
)
def test_values_that_do_not_fit(setting, value, reason):
    assert reason in problems(TFLITE, **{setting: value})[0]


@pytest.mark.parametrize("value", ["x:1,3,224,224", "a:0:?,3;b:-1", "x:1;", "in/put:2"])
def test_shapes(value):
    assert problems(input_shape=value) == []


@pytest.mark.parametrize("value", ["x:", "x:0,1", "x:1.5", ";", "x:1,,2", ":1"])
def test_shapes_that_are_none(value):
    assert "is no shape" in problems(input_shape=value)[0]


def test_settings_that_need_others():
    assert "needs compiler=omg" in problems(net_format="ND")[0]
    assert problems(net_format="ND", compiler="omg") == []
    assert problems(net_format="5D") == []
    assert (
        "does not go with input_shape"
        in problems(template_named("Paddle-To-Onnx"), input_shape="x:1,2", batch_size="1")[0]
    )


def test_control_characters():
    assert problems(out_nodes="a\n--mode=3") == ["settings.out_nodes: control characters; leave them out"]


def test_names_and_types():
    assert split_names("x:0:y:1:z") == ["x:0", "y:1", "z"]
    assert split_names("a:b") == ["a", "b"]
    assert typed(TFLITE.setting("batch_size"), "4") == 4
    assert typed(TFLITE.setting("verify"), "false") is False
    assert typed(TFLITE.setting("rtol"), "1e-3") == 1e-3
    assert typed(TFLITE.setting("input_tensor_names"), "x:0:y") == ["x:0", "y"]
