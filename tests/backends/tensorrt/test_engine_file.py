import contextlib
import struct

import pytest

from modelwright.backends.tensorrt.describe import describe
from modelwright.backends.tensorrt.engine_file import read_engine
from modelwright.backends.tensorrt.recognize import recognizes
from modelwright.errors import ModelFormatError, ModelNotFoundError

GRAPH = (
    b"\x00\x07header {\n  version = 5\n"
    b'  inputs={ "x.1" "{ForeignNode[c1]}_shapeInput.1" }\n  outputs={ "y.1" "mid.2" }\n'
    b"descriptors {\n"
    b'  tensor={ alignment=32 dims={ "__mye68" 3 16 16 } mem_prop=0 name="x.1" offset=0 type=half }\n'
    b'  tensor={ alignment=32 dims={ 1 4 } name="y.1" type=float }\n'
    b"main {\n label bb1: \n"
    b'  shape_call={ name="s" stream=0 }\n'
    b"  function={ name=__myl_Move_3 fqn=__myl_Move_0x8e }\n"
    b'  corrltn={ name="c1" layers="[ONNX Layer: c1]\x1e[ONNX Layer: r1]" }\n}\n'
    b"shape_main {\n  copy={ name=c }\n}\n\x00\x01"
    b'header {\n  inputs={ "mid.1" }\n  outputs={ "z.1" }\nmain {\n  function={ name=__myl_Move fqn=m }\n}\n\x00'
)


def engine_bytes(graph: bytes = b"", *, mask: int = 0b10100, sections: int = 2, names: tuple[bytes, ...] = ()) -> bytes:
    """A file laid out as TensorRT-RTX 1.7.1 lays out engines."""
    marks = b"".join(b"\x0c\x80\x01\x00" + struct.pack("<Q", len(name)) + name + b"\x1c\x80\x01\x00" for name in names)
    body = marks + graph
    start = 0x40 + 24 * sections
    head = b"vtrt" + bytes(4) + struct.pack("<QQ", sections, 0) + bytes([1, 7, 1, 116]) + b"vtrt"
    head += struct.pack("<QQQQ", mask, 0, 0, 8)
    table = b"NGNE" + bytes(4) + struct.pack("<QQ", start, len(body))
    table += b"THGW" + bytes(4) + struct.pack("<QQ", start + len(body), 8)
    return head + table + body + bytes(8)


@pytest.fixture
def engine(tmp_path):
    path = tmp_path / "m.engine"
    path.write_bytes(engine_bytes(GRAPH, names=(b"x", b"y", b"z")))
    return path


def test_header_and_sections(engine):
    found = read_engine(engine)
    assert recognizes(engine)
    assert found.version == "1.7.1.116"
    assert [item.number for item in found.targets] == ["8.6", "12.0"]
    assert {part.tag: part.size for part in found.sections}["WGHT"] == 8
    assert (found.bindings, found.layers) == (("x", "y", "z"), ("c1", "r1"))


def test_what_info_shows(engine):
    found = describe(engine)
    assert [str(spec) for spec in found.inputs] == ["x: float16[?, 3, 16, 16]"]
    assert [str(spec) for spec in found.outputs] == ["y: float32[1, 4]", "z: unknown[...]"]
    assert found.operators == {"Move": 2, "corrltn": 1}
    assert found.details["ONNX layers"] == ["c1", "r1"]
    assert found.details["compute capabilities"] == ["8.6 (Ampere)", "12.0 (Blackwell)"]


def test_every_truncation_is_an_error(engine):
    content = engine.read_bytes()
    for size in (0, 3, 0x20, 0x3F, 0x40, 0x6F, 0x90, len(content) - 1):
        engine.write_bytes(content[:size])
        with pytest.raises(ModelFormatError, match=r"m\.engine"):
            read_engine(engine)


@pytest.mark.parametrize("place", range(0x70))
def test_a_wrong_byte_in_the_header_never_crashes(engine, place):
    content = bytearray(engine.read_bytes())
    content[place] = 0xFF
    engine.write_bytes(content)
    with contextlib.suppress(ModelFormatError):
        assert describe(engine).format == "TensorRT engine"


def test_what_is_not_there(tmp_path):
    with pytest.raises(ModelNotFoundError):
        read_engine(tmp_path / "gone")
    (tmp_path / "other").write_bytes(b"ftrt" + bytes(100))
    assert not recognizes(tmp_path / "other")
