import pytest
from paddle_checking import archive, load_model, write_model

from modelwright.errors import ModelFormatError, ModelNotFoundError, UnsupportedError
from modelwright.frontends.paddle.model import Literal
from modelwright.frontends.paddle.program import read_program
from modelwright.schemas.pool import load_schema


def message(name="conv"):
    return (
        load_schema("paddle").message("ProgramDesc").FromString(archive("operators_program")[name]["program"].tobytes())
    )


def stored(tmp_path, data):
    path = tmp_path / "model.pdmodel"
    path.write_bytes(data if isinstance(data, bytes) else data.SerializeToString())
    return path


def test_operators_are_brought_into_the_present_dialect(tmp_path):
    program = read_program(write_model(archive("operators_program")["max_pool"], tmp_path))
    pool = next(item for item in program.block.operators if item.op_type == "pool2d")
    assert pool.inputs[0] == "x0"
    assert isinstance(pool.inputs[1], Literal)
    assert pool.inputs[1].array.tolist() == [3, 2]
    assert "ksize" not in pool.attributes
    assert program.version == "2.6.2"


def test_attributes_get_their_present_names(tmp_path):
    program = read_program(write_model(archive("operators_program")["matmul"], tmp_path))
    product = next(item for item in program.block.operators if item.op_type == "matmul")
    assert product.source == "matmul_v2"
    assert product.attributes["transpose_y"] is True


def test_a_fetch_of_nothing(tmp_path):
    data = message()
    fetch = next(item for item in data.blocks[0].ops if item.type == "fetch")
    del fetch.inputs[0].arguments[:]
    with pytest.raises(ModelFormatError, match=r"model\.pdmodel: the program is damaged"):
        read_program(stored(tmp_path, data))


def test_names_that_are_not_utf_8(tmp_path):
    data = message().SerializeToString()
    with pytest.raises(ModelFormatError, match="not UTF-8"):
        read_program(stored(tmp_path, data.replace(b"conv2d", b"conv2\xff")))


@pytest.mark.parametrize("data", [b"\x0a\x05abc", b"not a program at all", b"\xff" * 64])
def test_what_is_no_program(tmp_path, data):
    with pytest.raises(ModelFormatError):
        read_program(stored(tmp_path, data))


def test_empty_and_missing_files(tmp_path):
    with pytest.raises(ModelFormatError, match="empty"):
        read_program(stored(tmp_path, b""))
    with pytest.raises(ModelNotFoundError):
        read_program(tmp_path / "other.pdmodel")


def test_truncated_file(tmp_path):
    data = message().SerializeToString()
    with pytest.raises(ModelFormatError, match="truncated"):
        read_program(stored(tmp_path, data[: len(data) // 2]))


def test_body_that_is_its_own_body(tmp_path):
    found = message()
    block = found.blocks.add(idx=1, parent_idx=0)
    for owner in (found.blocks[0], block):
        loop = owner.ops.add(type="while")
        loop.inputs.add(parameter="Condition", arguments=["x0"])
        loop.attrs.add(name="sub_block", type=8, block_idx=1)
    with pytest.raises(ModelFormatError, match="its own body"):
        read_program(stored(tmp_path, found))


def test_body_that_does_not_exist(tmp_path):
    found = message()
    loop = found.blocks[0].ops.add(type="while")
    loop.attrs.add(name="sub_block", type=8, block_idx=7)
    with pytest.raises(ModelFormatError, match="the body 7"):
        read_program(stored(tmp_path, found))


def test_cyclic_program_is_an_error(tmp_path):
    found = message("relu")
    first = found.blocks[0].ops[1]
    first.inputs[0].arguments[:] = list(found.blocks[0].ops[-1].inputs[0].arguments)
    with pytest.raises(Exception, match="computed by no operator before it"):
        load_model(stored(tmp_path, found))


def test_all_unknown_operators_are_listed(tmp_path):
    found = message("relu")
    for name in ("brand_new", "also_new"):
        made = found.blocks[0].ops.add(type=name)
        made.outputs.add(parameter="Out", arguments=[f"{name}_out"])
    with pytest.raises(UnsupportedError) as caught:
        load_model(stored(tmp_path, found))
    assert [item.split()[0] for item in caught.value.items] == ["also_new", "brand_new"]


def test_an_attribute_of_meaning_that_is_unknown_is_an_error(tmp_path):
    found = message("softmax")
    softmax = next(item for item in found.blocks[0].ops if item.type == "softmax")
    softmax.attrs.add(name="temperature", type=1, f=2.0)
    with pytest.raises(Exception, match="temperature"):
        load_model(stored(tmp_path, found))
