import struct
from pathlib import Path

import pytest
from om_files import inout

from modelwright.backends.ascend.om.interface import read_interface
from modelwright.errors import ModelFormatError

PATH = Path("m.om")


def test_inputs_and_outputs():
    found = read_interface(inout([("x", (1, 3, -1)), ("größe", ())], [("y", (2,))]), PATH)
    assert [str(item) for item in found.inputs] == ["x: float32[1, 3, ?]", "größe: float32[]"]
    assert [str(item) for item in found.outputs] == ["y: float32[2]"]


def test_types():
    assert read_interface(inout([("x", ())], [], dtype=3), PATH).inputs[0].dtype == "int32"
    assert read_interface(inout([("x", ())], [], dtype=99), PATH).inputs[0].dtype == "type 99"


def test_every_truncation_is_an_error():
    data = inout([("x", (1, 3))], [])
    whole = (0, len(data), len(data) - 12, len(data) - 24)  # between blocks it may end
    for size in set(range(len(data))) - set(whole):
        with pytest.raises(ModelFormatError):
            read_interface(data[:size], PATH)


def test_lengths_that_do_not_add_up_are_errors():
    body = struct.pack("<I", 0) + b"more"
    with pytest.raises(ModelFormatError, match="holds more"):
        read_interface(struct.pack("<II", 0, len(body)) + body, PATH)
    body = struct.pack("<I", 1) + struct.pack("<QIIIIII", 0, 2, 0, 1, 7, 0, 0) + b"x" + b"1234567"
    with pytest.raises(ModelFormatError, match="broken shape"):
        read_interface(struct.pack("<II", 0, len(body)) + body, PATH)
    with pytest.raises(ModelFormatError):
        read_interface(struct.pack("<III", 0, 4, 1 << 31), PATH)
