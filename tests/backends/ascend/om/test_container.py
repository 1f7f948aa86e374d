import struct

import pytest
from om_files import om_file

from modelwright.backends.ascend.om.container import PartitionKind, read_container
from modelwright.errors import ModelFormatError, ModelNotFoundError


@pytest.fixture
def write(tmp_path):
    def write(data, name="m.om"):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


@pytest.mark.parametrize("wide", [True, False])
def test_both_forms_of_the_table(write, wide):
    path = write(om_file([(0, b"graph"), (1, b"weights!"), (33, b"")], wide=wide, name="resnet", platform="310P"))
    found = read_container(path)
    assert (found.header.name, found.header.wide, found.header.platform) == ("resnet", wide, "310P")
    assert [(item.label, item.size) for item in found.partitions] == [
        ("MODEL_DEF", 5),
        ("WEIGHTS_DATA", 8),
        ("type 33", 0),
    ]
    assert [found.read(item) for item in found.partitions] == [b"graph", b"weights!", b""]
    assert next(found.of_kind(PartitionKind.WEIGHTS_DATA)).offset == path.stat().st_size - 8


def test_several_models_have_a_table_each(write):
    found = read_container(write(om_file([(0, b"a")], [(0, b"bc"), (2, b"d")], [(0, b"e")])))
    assert [(item.model, found.read(item)) for item in found.partitions] == [
        (0, b"a"),
        (1, b"bc"),
        (1, b"d"),
        (2, b"e"),
    ]


def test_a_model_inside_another_file(write):
    inner = om_file([(0, b"inner")])
    path = write(b"before" + inner + b"after")
    found = read_container(path, start=6, size=len(inner))
    assert found.read(found.partitions[0]) == b"inner"


@pytest.mark.parametrize("wide", [True, False])
def test_every_truncation_is_an_error(write, wide):
    data = om_file([(0, b"graph"), (1, b"weights")], wide=wide)
    for size in range(len(data)):
        with pytest.raises(ModelFormatError, match=r"m\.om"):
            read_container(write(data[:size]))


def test_what_follows_is_an_error(write):
    with pytest.raises(ModelFormatError, match="3 bytes follow"):
        read_container(write(om_file([(0, b"graph")]) + b"xyz"))


@pytest.mark.parametrize(
    ("offset", "value", "message"),
    [
        (0, b"OMOD", "no .om file"),
        (4, struct.pack("<I", 64), "length of 64 bytes"),
        (156, struct.pack("<I", 1 << 31), "2147483648 models"),
        (184, struct.pack("<Q", 1 << 60), "states 1152921504606846976 bytes"),
        (256, struct.pack("<I", 1 << 31), "states 2147483648 entries"),
        (256, struct.pack("<I", 0), "states 0 entries"),
        (256, struct.pack("<I", 20000), "ends inside the table"),
        (264 + 8, struct.pack("<Q", 1 << 63), "bytes too late"),
        (264 + 16, struct.pack("<Q", 6), "ends 1 bytes too late"),
    ],
)
def test_hostile_numbers_are_errors(write, offset, value, message):
    data = bytearray(om_file([(0, b"graph")]))
    data[offset : offset + len(value)] = value
    with pytest.raises(ModelFormatError, match=message) as caught:
        read_container(write(data))
    assert caught.value.hint


def test_a_missing_file(tmp_path):
    with pytest.raises(ModelNotFoundError):
        read_container(tmp_path / "none.om")
