import pytest

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.schemas.mindir_file import inputs_of, outputs_of, plain_name, read_mindir
from modelwright.schemas.pool import load_schema


def model(**fields):
    message = load_schema("mindir").message("ModelProto")(producer_name="p", **fields)
    message.graph.name = "g"
    return message


def test_interface_of_a_tuple(tmp_path):
    built = model()
    graph = built.graph
    graph.input.add(name="g:x").tensor.add(data_type=1).dims.extend([-1, 3])
    graph.node.add(name="g:t", op_type="REF::MakeTuple:1").input.extend(["g:a", "g:b"])
    output = graph.output.add(name="g:t")
    for number in (10, 7):
        output.attr_info.values.add().tensors.add(data_type=number).dims.append(2)
    (tmp_path / "m.mindir").write_bytes(built.SerializeToString())
    read = read_mindir(tmp_path / "m.mindir").graph
    assert [str(spec) for spec in inputs_of(read)] == ["x: float32[?, 3]"]
    assert [str(spec) for spec in outputs_of(read)] == ["a: float16[2]", "b: int64[2]"]
    assert plain_name("140:x:0") == "x:0"
    assert outputs_of(model().graph) == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xff", "damaged"),
        (b"", "no MindIR graph"),
        (bytes.fromhex("d85e3a7f") + b"123", "encrypted"),
        (b"\x12\x01p", "no MindIR graph"),
    ],
)
def test_what_is_no_mindir(tmp_path, content, message):
    (tmp_path / "m.mindir").write_bytes(content)
    with pytest.raises(ModelFormatError, match=message):
        read_mindir(tmp_path / "m.mindir")


def test_text_that_is_not_utf_8(tmp_path):
    built = model()
    built.graph.node.add(name="n", op_type="REF::MakeTuple:1")
    (tmp_path / "m.mindir").write_bytes(built.SerializeToString().replace(b"MakeTuple", b"MakeTupl\xff"))
    with pytest.raises(ModelFormatError, match="not UTF-8"):
        read_mindir(tmp_path / "m.mindir")


def test_truncated_files_are_errors(tmp_path):
    content = model(model_version="1" * 50).SerializeToString()
    for size in range(1, len(content) - 1):
        (tmp_path / "m.mindir").write_bytes(content[:size])
        with pytest.raises(ModelFormatError):
            read_mindir(tmp_path / "m.mindir")
    with pytest.raises(ModelNotFoundError):
        read_mindir(tmp_path / "gone")
