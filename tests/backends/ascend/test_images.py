import pytest

from modelwright.backends.ascend.gears import read_gears
from modelwright.backends.ascend.images import settle_images
from modelwright.backends.ascend.interface import Port
from modelwright.backends.ascend.options import read_options
from modelwright.backends.ascend.shapes import parse_input_shape
from modelwright.errors import UsageError

CHIP = {"soc_version": "Ascend310P3"}


def settle(options, shape="x:1,3,8,8", layout="NCHW", *, straight=False):
    shapes = parse_input_shape(shape)
    ports = tuple(Port(name=f"hub_{item.name}", artifact=item.name, dims=None, dtype="float32") for item in shapes)
    read, _ = read_options(CHIP | options)
    images, problems = settle_images(read, ports, shapes, layout, read_gears(read.settings), straight=straight)
    return images, [message for message, hint in problems if hint]


@pytest.fixture
def config(tmp_path):
    def write(*lines):
        path = tmp_path / "a.cfg"
        path.write_text("aipp_op {\naipp_mode : static\ninput_format : RGB888_U8\n" + "\n".join(lines) + "\n}\n")
        return {"insert_op_conf": str(path)}

    return write


def test_nothing_is_asked():
    images, problems = settle({})
    assert (images.port, images.prepared, problems) == (None, None, [])


def test_the_only_input_that_can():
    images, problems = settle({"mean": "1"}, "ids:1,5;x:1,3,8,8")
    assert (images.input_name, images.prepared.aipp.input_index, problems) == ("x", 1, [])
    images, _ = settle({"mean": "1"}, "x:1,8,8,3", "NHWC")
    assert (images.prepared.aipp.height, images.channels_last) == (8, True)


def test_several_inputs_can():
    assert "several inputs" in settle({"mean": "1"}, "a:1,3,8,8;b:1,1,8,8")[1][0]
    for name in ("b", "hub_b"):
        assert settle({"mean": "1", "image_input": name}, "a:1,3,8,8;b:1,1,8,8")[0].input_name == "b"


def test_none_can():
    assert "[N,C,H,W]" in settle({"mean": "1"}, "x:1,8,8,3")[1][0]
    assert "[N,H,W,C]" in settle({"mean": "1"}, "x:1,3,8,8", "NHWC")[1][0]


def test_resizing_needs_onnx():
    options = {"resize": "8,8", "image_size": "9,9"}
    assert settle(options)[1] == []
    assert "no node can be added" in settle(options, straight=True)[1][0]
    images, _ = settle(options, "ids:1,5;x:1,3,8,8")
    assert ";".join(map(str, images.compiled_shapes(parse_input_shape("ids:1,5;x:1,3,8,8")))) == "ids:1,5;x:1,3,9,9"


def test_gears_of_images():
    images, problems = settle({"mean": "1", "dynamic_image_size": "4,4;8,8"}, "x:1,3,-1,-1")
    assert (images.prepared.aipp.height, problems) == (0, [])


def test_a_file_of_the_user_s(config):
    images, problems = settle(config("mean_chn_0 : 3"))
    assert (images.given, images.unknown, problems) == (True, "", [])
    assert images.prepared.aipp.mean == (3, 0, 0)
    assert "not computed here" in settle(config("padding : true"))[0].unknown
    assert "no fixed image size" in settle(config(), "x:-1,3,8,8")[0].unknown
    assert "beyond the model's 1 inputs" in settle(config("related_input_rank : 1"))[1][0]
    with pytest.raises(UsageError, match="line 4"):
        settle(config("mean_chn_9 : 1"))


def test_a_file_and_options_exclude_each_other(config):
    assert "both say" in settle({**config(), "mean": "1"})[1][0]
