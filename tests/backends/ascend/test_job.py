import onnx_ir as ir
import pytest
from onnx import parser

from modelwright.backends.ascend.job import read_job
from modelwright.backends.manifests import WriteRequest
from modelwright.errors import UsageError
from modelwright.formats import Original, OriginalKind

TEXT = """
<ir_version: 8, opset_import: ["" : 17]>
net (float[N, 3, 8, 8] x, float[N, 2] s) => (float[N, 3, 8, 8] y, float[N, 2] t)
{ y = Relu (x)
  t = Neg (s) }
"""


def job(tmp_path, text=TEXT, originals=(), **options):
    model = ir.from_proto(parser.parse_model(text))
    for node in model.graph:
        node.name = f"node_{node.op_type}"
    settings = {"soc_version": "Ascend310P3"} | options
    return read_job(WriteRequest(model=model, path=tmp_path / "m.om", options=settings, originals=tuple(originals)))


def frozen(perms=None):
    names = {"x": "x:0", "s": "s:0", "y": "out/y:0", "t": "t:1"}
    return Original(kind=OriginalKind.FROZEN_GRAPH, names=names, write=lambda folder, stem: (), perms=perms or {})


def test_fixed_shapes(tmp_path):
    found = job(tmp_path, input_shape="x:4,3,8,8;s:4,2")
    assert found.fixed_shapes() == {"x": (4, 3, 8, 8), "s": (4, 2)} == found.first_gear()
    assert found.settings["input_shape"] == "x:4,3,8,8;s:4,2"
    assert (found.framework, found.input_format, found.settings.get("out_nodes")) == (5, "NCHW", None)


def test_gears_and_ranges(tmp_path):
    found = job(tmp_path, dynamic_batch_size="2,4")
    assert (found.fixed_shapes(), found.first_gear()) == ({}, {"x": (2, 3, 8, 8), "s": (2, 2)})
    found = job(tmp_path, input_shape="x:2~8,3,8,8;s:-1,2")
    assert found.first_gear() == {"x": (2, 3, 8, 8), "s": (1, 2)}
    found = job(tmp_path, input_shape_range="x:[1~4,3,8,8];s:[-1,2]")
    assert "input_shape" not in found.settings
    assert found.settings["input_shape_range"] == "x:[1~4,3,8,8];s:[-1,2]"


def test_a_frozen_graph_is_compiled_itself(tmp_path):
    found = job(tmp_path, originals=[frozen()], input_shape="x:1,3,8,8;s:1,2", input_format="NCHW")
    assert (found.framework, found.original is not None) == (3, True)
    assert [port.artifact for port in found.inputs] == ["x", "s"]
    assert found.settings["out_nodes"] == "out/y:0;t:1"
    found = job(tmp_path, originals=[frozen()], framework="5", input_shape="x:1,3,8,8;s:1,2")
    assert (found.framework, found.original) == (5, None)


def test_its_layout_is_its_own(tmp_path):
    original = frozen({"x": (0, 2, 3, 1), "y": (0, 2, 3, 1)})
    found = job(
        tmp_path,
        originals=[original],
        dynamic_image_size="4,6;8,9",
        input_shape="s:1,2;x:1,-1,-1,3",
        text=TEXT.replace("[N, 3, 8, 8] x", "[N, 3, H, W] x"),
    )
    assert found.settings["input_shape"] == "x:1,-1,-1,3;s:1,2"
    assert found.input_format == "NHWC"
    assert found.first_gear()["x"] == (1, 3, 4, 6)


def test_outputs_are_those_of_the_model(tmp_path):
    found = job(tmp_path, dynamic_batch_size="2,4", out_nodes="node_Neg:0")
    assert [port.name for port in found.outputs] == ["t"]
    with pytest.raises(UsageError, match="node_Abs:0 is no output") as caught:
        job(tmp_path, dynamic_batch_size="2,4", out_nodes="node_Abs:0")
    assert "--outputs" in caught.value.hint


def test_images(tmp_path):
    found = job(tmp_path, dynamic_batch_size="2,4", mean="127.5", image_size="16,16", resize="8,8")
    assert found.images.input_name == "x"
    assert found.settings["input_shape"] == "x:-1,3,16,16;s:-1,2"
    assert found.first_gear(compiled=True)["x"] == (2, 3, 16, 16)
    assert found.first_gear()["x"] == (2, 3, 8, 8)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"framework": "3"}, "not a TensorFlow model"),
        ({"framework": "0"}, "not a prototxt"),
        ({"ascend_tool": "omg", "soc_version": None}, "Caffe and TensorFlow models only"),
        ({"mean": "1", "image_input": "s"}, "no input takes images"),
        ({"mean": "1", "image_input": "z"}, "there is no input 'z'"),
    ],
)
def test_what_cannot_be(tmp_path, options, message):
    options = {"input_shape": "x:1,3,8,8;s:1,2"} | options
    if options.get("soc_version", "") is None:
        options.pop("soc_version")
        model = ir.from_proto(parser.parse_model(TEXT))
        with pytest.raises(UsageError, match=message):
            read_job(WriteRequest(model=model, path=tmp_path / "m.om", options=options))
        return
    with pytest.raises(UsageError, match=message):
        job(tmp_path, **options)


def test_everything_wrong_is_said_at_once(tmp_path):
    with pytest.raises(UsageError) as caught:
        job(
            tmp_path,
            TEXT.replace('"" : 17', '"" : 20'),
            input_shape="z:1",
            log="loud",
            dynamic_batch_size="1,x",
            precision_mode="force_fp16",
            precision_mode_v2="fp16",
        )
    for part in (
        "opset 20",
        "no input 'z'",
        "input 'x' is open",
        "input 's' is open",
        "exclude each other",
        "log is",
        "'x' is not",
    ):
        assert part in caught.value.message


def test_names_that_no_command_line_holds(tmp_path):
    model = ir.from_proto(parser.parse_model(TEXT))
    model.graph.inputs[0].name = "a;b"
    with pytest.raises(UsageError, match="'a;b'"):
        read_job(
            WriteRequest(
                model=model, path=tmp_path / "m.om", options={"soc_version": "Ascend310", "dynamic_batch_size": "1,2"}
            )
        )


SEQUENCE = """
<ir_version: 8, opset_import: ["" : 17]>
net (seq(float[2]) x) => (float[n, 2] y)
{ y = ConcatFromSequence <axis = 0, new_axis = 1> (x) }
"""


def test_inputs_that_are_no_tensors(tmp_path):
    with pytest.raises(UsageError, match=r"input 'x' is of type Sequence.*compilers take tensors only"):
        job(tmp_path, SEQUENCE)


def test_models_of_other_domains_alone_have_no_opset(tmp_path):
    text = '<ir_version: 8, opset_import: ["my" : 1]> net (float[2] x) => (float[2] y) { y = my.Twist (x) }'
    assert job(tmp_path, text).framework == 5


def test_empty_inputs_stay_empty(tmp_path):
    text = '<ir_version: 8, opset_import: ["" : 17]> net (float[2, 0] x) => (float[2, 0] y) { y = Relu (x) }'
    assert job(tmp_path, text).fixed_shapes() == {"x": (2, 0)}
