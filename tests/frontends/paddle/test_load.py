import json

import numpy as np
import pytest
from paddle_checking import archive, load_model, results, sides, write_model

from modelwright.errors import ConversionError, UsageError
from modelwright.formats import Format
from modelwright.frontends.paddle.builder import OpsetTooLow
from modelwright.frontends.paddle.load import describe


@pytest.fixture
def conv(tmp_path):
    return write_model(archive("operators_pir")["conv"], tmp_path)


def test_what_is_said_about_a_model(conv):
    summary = describe(conv, Format.PADDLE_PIR)
    assert [str(item) for item in summary.inputs] == ["x0: float32[?, 3, ?, ?]"]
    assert summary.operators["conv2d"] == 1
    assert summary.details["program"] == "model.json"


def test_input_information_beside_the_model(conv):
    (conv.parent / "inference.yml").write_text("Global:\n  model_name: PP-LCNet\n", encoding="utf-8")
    assert describe(conv, Format.PADDLE_PIR).details["model_name"] == "PP-LCNet"


def test_shapes_and_names_are_the_users(conv):
    imported = load_model(conv, input_shape_dict="{'x0':[1, 3, 5, 7]}", output_names='["y"]')
    assert list(imported.model.graph.inputs[0].shape) == [1, 3, 5, 7]
    assert imported.model.graph.outputs[0].name == "y"
    assert imported.outputs[0].source == "fetch_name_0"


def test_opset_is_raised_where_an_operator_needs_it(tmp_path):
    case = archive("operators_pir")["bitwise_and"]
    program = write_model(case, tmp_path)
    imported = load_model(program, opset=13)
    assert imported.model.graph.opset_imports[""] == 18
    assert "opset is raised to 18" in imported.notices[0].message
    with pytest.raises(OpsetTooLow, match="needs opset 18"):
        load_model(program, opset=13, enable_auto_update_opset=False)
    with pytest.raises(UsageError):
        load_model(program, opset=5)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"enable_onnx_checker": False}, "enable_onnx_checker"),
        ({"enable_dev_version": True}, "enable_dev_version"),
        ({"enable_paddle_fallback": True}, "enable_paddle_fallback"),
    ],
)
def test_flags_of_internals_say_what_they_mean(conv, options, word):
    assert word in load_model(conv, **options).notices[0].message


def test_flags_that_change_nothing_are_silent(conv):
    assert not load_model(conv, enable_onnx_checker=True, enable_paddle_fallback=False).notices


@pytest.mark.parametrize("opset", [13, 14, 16, 18, 20, 21])
@pytest.mark.parametrize("name", ["layer_norm", "hardswish", "split_equal", "sum", "grid_sample", "pad_reflect"])
def test_other_opsets(name, opset, tmp_path):
    case = archive("operators_pir")[name]
    inputs, expected = sides(case)
    found = results(write_model(case, tmp_path), inputs, opset=opset)
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=2e-5, atol=2e-5)


def test_sizes_that_the_file_tells_of_results_are_no_promise(tmp_path):
    imported = load_model(write_model(archive("operators_program")["matrix_nms"], tmp_path))
    assert not any(isinstance(size, int) and size > 6 for size in imported.model.graph.outputs[0].shape or ())
    assert imported.expected[0].shape == (None, 6)


def test_positions_of_a_window_in_the_padding_alone_are_an_error(tmp_path):
    program = write_model(archive("operators_pir")["max_pool_mask"], tmp_path)
    text = program.read_text(encoding="utf-8")
    pads, step = '{"#":"0.a_i32","D":0},{"#":"0.a_i32","D":0}]},"N":"paddings"', '"D":false},"N":"ceil_mode"'
    assert pads in text
    assert step in text
    text = text.replace(pads, pads.replace('"D":0', '"D":1')).replace(step, step.replace("false", "true"))
    program.write_text(text, encoding="utf-8")
    with pytest.raises(ConversionError, match="padding alone"):
        load_model(program)


def test_attributes_of_another_kind_name_the_operator(tmp_path):
    program = write_model(archive("operators_pir")["grid_sample"], tmp_path)
    document = json.loads(program.read_text(encoding="utf-8"))
    for item in document["program"]["regions"][0]["blocks"][0]["ops"]:
        if item["#"].endswith("grid_sample"):
            item["A"] = [{**entry, "AT": {"#": "0.a_str", "D": 7}} for entry in item["A"]]
    program.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ConversionError, match="grid_sample"):
        load_model(program)
