import contextlib

import pytest
from om_files import INOUT, MODEL_DEF, TASK_INFO, WEIGHTS, inout, model_def, om_file

import modelwright as mw
from modelwright.backends.ascend.om.summary import summarize
from modelwright.cli.main import main
from modelwright.errors import ModelFormatError
from modelwright.schemas.pool import load_schema

GRAPH = model_def(
    [("data", (1, 3, 8, 8))],
    [("prob:0", (1, 10))],
    operators=("Conv2D", "Relu"),
    attributes={
        "soc_version": "Ascend310P3",
        "atc_version": "7.0",
        "atc_cmdline": "atc --model=net.onnx",
        "framework_type": 5,
        "memory_size": 4096,
    },
    gears=(2, [(224, 224), (448, 448)]),
)


@pytest.fixture
def write(tmp_path):
    def write(data):
        (tmp_path / "m.om").write_bytes(data)
        return tmp_path / "m.om"

    return write


def test_everything_a_file_says(write):
    found = summarize(write(om_file([(MODEL_DEF, GRAPH), (WEIGHTS, b"\0" * 640), (TASK_INFO, b"")], platform="310P")))
    assert found.format == "Ascend offline model"
    assert [str(item) for item in (*found.inputs, *found.outputs)] == [
        "data: float32[1, 3, 8, 8]",
        "prob:0: float32[1, 10]",
    ]
    assert found.operators == {"Conv2D": 1, "Relu": 1, "Case": 1}
    assert found.weight_bytes == 640
    details = found.details
    assert (details["chip"], details["source"], details["compiler"]) == ("Ascend310P3", "ONNX", "7.0")
    assert details["command_line"] == "atc --model=net.onnx"
    assert details["gears of image size"] == ["224x224", "448x448"]
    assert details["partitions"][:2] == [f"MODEL_DEF {len(GRAPH):,} bytes", "WEIGHTS_DATA 640 bytes"]
    assert (details["platform"], details["device_memory"]) == ("310P", "4,096 bytes for activations")


def test_the_partition_of_inputs_and_outputs_counts_more(write):
    listed = inout([("x", (2, 2))], [("y", (2,))])
    found = summarize(write(om_file([(INOUT, listed), (MODEL_DEF, GRAPH)], wide=False)))
    assert [item.name for item in (*found.inputs, *found.outputs)] == ["x", "y"]


def test_graphs_that_a_second_model_repeats_count_once(write):
    part = model_def([], [], name="part", operators=("Add",))
    whole = load_schema("ascend").message("ModelDef").FromString(model_def([], [], name="root", operators=("Call",)))
    whole.graph.add().CopyFrom(load_schema("ascend").message("ModelDef").FromString(part).graph[0])
    found = summarize(write(om_file([(MODEL_DEF, whole.SerializeToString())], [(MODEL_DEF, part), (WEIGHTS, b"123")])))
    assert found.operators == {"Call": 1, "Add": 1}
    assert found.details["partitions"] == [
        f"model 0: MODEL_DEF {len(whole.SerializeToString())} bytes",
        f"model 1: MODEL_DEF {len(part)} bytes",
        "model 1: WEIGHTS_DATA 3 bytes",
    ]


def test_models_inside_a_flow_model(write):
    inner = om_file([(MODEL_DEF, model_def([], [], operators=("Add", "Add")))])
    block = load_schema("ascend").message("SubmodelDef")(model_name="g1", model_type="NPU", om_data=inner)
    other = load_schema("ascend").message("SubmodelDef")(model_name="g2", model_type="UDF", om_data=b"code")
    parts = [(MODEL_DEF, GRAPH), (6, b""), (7, block.SerializeToString()), (7, other.SerializeToString())]
    found = summarize(write(om_file(parts, kind=3)))
    assert found.details["kind"] == "flow"
    assert found.details["submodels"] == ["g1 on NPU: Add 2", "g2 on UDF"]
    with pytest.raises(ModelFormatError, match="submodel"):
        summarize(write(om_file([(7, b"\x0a\xff")])))
    block.om_data = inner[:-1]
    with pytest.raises(ModelFormatError):
        summarize(write(om_file([(7, block.SerializeToString())])))


def test_encrypted_files_tell_what_is_open(write):
    found = summarize(write(om_file([(MODEL_DEF, b"\xff\xff"), (WEIGHTS, b"123")], encrypted=1)))
    assert not found.weights_known
    assert found.details["kind"] == "graph (IR), encrypted"
    assert found.inputs == ()


def test_flipped_bytes_never_escape_as_other_errors(write):
    data = om_file([(INOUT, inout([("x", (2, 2))], [])), (MODEL_DEF, GRAPH), (WEIGHTS, b"12")])
    read = 0
    for place in range(0, len(data), 3):
        broken = bytearray(data)
        broken[place] ^= 0xFF
        with contextlib.suppress(ModelFormatError):
            summarize(write(bytes(broken)))
            read += 1
    assert 0 < read < len(data) // 3


def test_the_command_shows_it(write, capsys):
    path = write(om_file([(MODEL_DEF, GRAPH)]))
    assert main(["info", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "Ascend offline model" in shown
    assert "atc --model=net.onnx" in shown
    assert mw.info(path).details["chip"] == "Ascend310P3"
