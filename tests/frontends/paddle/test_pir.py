import json

import onnx_ir as ir
import pytest
from paddle_checking import archive, write_model

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.frontends.paddle.pir import MAX_DEPTH, read_pir


def document(name="conv"):
    return json.loads(archive("operators_pir")[name]["program"].tobytes())


def stored(tmp_path, data):
    path = tmp_path / "model.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def operators(data):
    return data["program"]["regions"][0]["blocks"][0]["ops"]


def test_operators_have_names_inputs_and_attributes(tmp_path):
    program = read_pir(write_model(archive("operators_pir")["conv"], tmp_path))
    conv = next(item for item in program.block.operators if item.op_type == "conv2d")
    assert conv.source == "pd_op.conv2d"
    assert conv.inputs[0] == "x0"
    assert conv.attributes["paddings"] == [1, 2]
    assert "struct_name" not in conv.attributes
    assert [port.name for port in program.inputs] == ["x0"]
    assert program.tensors["x0"].shape == (None, 3, None, None)
    assert program.tensors["x0"].dtype is ir.DataType.FLOAT


def test_lists_of_tensors_are_taken_together_and_apart(tmp_path):
    program = read_pir(write_model(archive("operators_pir")["split"], tmp_path))
    split = next(item for item in program.block.operators if item.op_type == "split")
    assert len(split.outputs[0]) == 3
    assert {port.tensor for port in program.outputs}.isdisjoint({"split"})


def test_infinite_attributes(tmp_path):
    program = read_pir(write_model(archive("operators_pir")["norm_-inf"], tmp_path))
    norm = next(item for item in program.block.operators if item.op_type == "p_norm")
    assert norm.attributes["porder"] == float("-inf")


def test_missing_file(tmp_path):
    with pytest.raises(ModelNotFoundError, match="cannot be read"):
        read_pir(tmp_path / "model.json")


@pytest.mark.parametrize("text", ["{", "[1, 2]", "{}", '{"base_code": {"magic": "pir"}}', "[" * 100_000])
def test_what_is_no_program(tmp_path, text):
    with pytest.raises(ModelFormatError):
        read_pir(stored(tmp_path, text))


def test_truncated_file(tmp_path):
    text = json.dumps(document())
    with pytest.raises(ModelFormatError, match="not valid JSON"):
        read_pir(stored(tmp_path, text[: len(text) // 2]))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["program"].update(regions={"blocks": []}),
        lambda data: data["program"]["regions"][0]["blocks"][0].update(args=[{"#": "x"}]),
        lambda data: data["program"]["regions"][0]["blocks"][0].update(args=[{}]),
        lambda data: data["program"]["regions"][0]["blocks"][0].update(ops=3),
        lambda data: data["program"]["regions"][0]["blocks"][0].update(kwargs=[1]),
    ],
)
def test_values_of_another_kind(tmp_path, change):
    data = document()
    change(data)
    with pytest.raises(ModelFormatError, match=r"model\.json"):
        read_pir(stored(tmp_path, data))


def test_cyclic_program(tmp_path):
    data = document()
    conv = next(item for item in operators(data) if item["#"] == "1.conv2d")
    conv["I"][0]["%"] = operators(data)[-1]["O"][0]["%"]
    with pytest.raises(ModelFormatError, match="used before any operator makes it"):
        read_pir(stored(tmp_path, data))


def test_damaged_operator_is_named(tmp_path):
    data = document()
    next(item for item in operators(data) if item["#"] == "1.conv2d").pop("O")
    with pytest.raises(ModelFormatError, match=r"1\.fetch|used before"):
        read_pir(stored(tmp_path, data))


def test_unknown_attribute_kind(tmp_path):
    data = document()
    next(item for item in operators(data) if item["#"] == "1.conv2d")["A"][0]["AT"] = {"#": "9.a_odd", "D": 1}
    with pytest.raises(ModelFormatError, match="unknown kind a_odd"):
        read_pir(stored(tmp_path, data))


def test_nesting_is_limited(tmp_path):
    data = document()
    block = {"#": "b", "args": [], "ops": []}
    for _ in range(MAX_DEPTH + 2):
        block = {
            "#": "b",
            "args": [],
            "ops": [{"#": "1.if", "A": [], "I": [], "O": [], "regions": [{"blocks": [block]}]}],
        }
    operators(data).insert(0, block["ops"][0])
    with pytest.raises(ModelFormatError, match="nested deeper"):
        read_pir(stored(tmp_path, data))
