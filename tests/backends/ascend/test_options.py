import pytest

from modelwright.backends.ascend.options import known_chip, read_options, refuse
from modelwright.backends.ascend.settings import Tool
from modelwright.errors import UsageError


def read(options):
    found, problems = read_options(options)
    refuse(problems, found.tool)
    return found


def test_what_is_said_is_read():
    found = read({"soc_version": "Ascend310P3", "log": "error", "mean": "1", "framework": "onnx", "ascend_timeout": 60})
    assert (found.tool, found.framework, found.chip, found.timeout) == (Tool.ATC, 5, "Ascend310P3", 60)
    assert (dict(found.settings), dict(found.image)) == ({"soc_version": "Ascend310P3", "log": "error"}, {"mean": "1"})


@pytest.mark.parametrize("chip", ["Ascend310", "Ascend310B4", "Ascend910ProA", "Ascend910_9391", "Ascend990X"])
def test_chips(chip):
    assert read({"soc_version": chip}).chip == chip
    assert known_chip(chip) == (chip != "Ascend990X")


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({}, "soc_version is missing", "--soc_version"),
        ({"soc_version": "310P3"}, "no Ascend chip", "Ascend310P3"),
        ({"soc_version": "ascend310"}, "no Ascend chip", "Ascend310"),
        ({"precision_mode": "force_fp61"}, "precision_mode is", "force_fp16"),
        ({"fusion_switch_file": "/nowhere/f.cfg"}, "there is no file /nowhere/f.cfg", "path"),
        ({"net_format": "5D"}, "net_format is no setting of atc", "ATC chooses"),
        ({"fp16_high_prec": "1"}, "no setting of atc", "high_precision"),
        ({"enable_l2dynamic": "true"}, "no setting of atc", "l2_optimize"),
        ({"ascend_tool": "omg", "precision_mode": "force_fp16"}, "no setting of omg", "compile with atc"),
        ({"ascend_tool": "trtexec"}, "ascend_tool is", "atc, omg, converter_lite"),
        ({"framework": "2"}, "framework is '2'", "0 (Caffe)"),
        ({"ascend_timeout": 0}, "ascend_timeout is 0", "greater than 0"),
        ({"output_type": "FP61"}, "no type of an output", "FP16"),
        ({"output_type": "a:0:FP16;FP32"}, "no type of an output", "FP16"),
        ({"auto_tune_mode": "XX"}, "auto_tune_mode", "RL,GA"),
        ({"aicore_num": "many"}, "aicore_num", "cores"),
    ],
)
def test_one_mistake_is_one_error(options, message, hint):
    if message != "soc_version is missing" and "soc_version" not in options and options.get("ascend_tool") != "omg":
        options = {"soc_version": "Ascend310P3"} | options
    with pytest.raises(UsageError, match=message.replace("(", r"\(")) as caught:
        read(options)
    assert hint in caught.value.hint


def test_several_mistakes_are_all_named():
    with pytest.raises(UsageError) as caught:
        read({"soc_version": "310", "log": "loud", "framework": "9"})
    assert caught.value.message.startswith("3 things are not as atc takes them:")
    for part in ("framework is '9'", "log is 'loud'", "soc_version '310'"):
        assert part in caught.value.message


def test_omg_needs_no_chip():
    found = read({"ascend_tool": "OMG", "ddk_version": "1.3", "net_format": "5D"})
    assert (found.tool, found.chip) == (Tool.OMG, "")
