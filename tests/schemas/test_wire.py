import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.errors import ModelFormatError
from modelwright.schemas.pool import load_schema
from modelwright.schemas.spans import MAGIC, SpanStore
from modelwright.schemas.stream import write_message
from modelwright.schemas.wire import compact, decode_varint, encode_varint, parse

GRAPH = load_schema("tensorflow").message("GraphDef")


def graph(sizes):
    message = GRAPH()
    for number, size in enumerate(sizes):
        node = message.node.add(name=f"n{number}", op="Const", input=["a", "^b"])
        node.attr["value"].tensor.tensor_content = bytes([number % 251]) * size
        node.attr["dtype"].type = 1
    message.versions.producer = 12
    return message


@given(st.lists(st.integers(0, 300), max_size=6), st.integers(1, 200))
def test_scan_and_write_are_inverse(sizes, threshold):
    message = graph(sizes)
    data = message.SerializeToString(deterministic=True)
    spans = SpanStore()
    small = parse(GRAPH, spans, spans.add(data, "memory"), threshold=threshold)
    for number, size in enumerate(sizes):
        field = small.node[number].attr["value"].tensor.tensor_content
        assert field.startswith(MAGIC) == (size >= threshold)
        assert bytes(spans.resolve(field)) == bytes([number % 251]) * size
    out = io.BytesIO()
    assert write_message(small, spans, out) == len(data)
    assert out.getvalue() == data


def test_unknown_fields_survive():
    data = graph([5000]).SerializeToString() + encode_varint(99 << 3 | 2) + b"\x03abc"
    spans = SpanStore()
    small = parse(GRAPH, spans, spans.add(data, "memory"))
    out = io.BytesIO()
    write_message(small, spans, out)
    assert out.getvalue().endswith(b"\x03abc")


@given(st.binary(max_size=400))
def test_any_bytes_give_a_message_or_one_error(data):
    spans = SpanStore()
    index = spans.add(data, "memory")
    message = None
    with contextlib.suppress(ModelFormatError):
        message = parse(GRAPH, spans, index, threshold=1)
    if message is None:
        with pytest.raises(ModelFormatError, match="memory"):
            parse(GRAPH, spans, index, threshold=1)


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"\x0a\x05abc", "byte 0: a field of 5 bytes reaches beyond"),
        (b"\x0a", "byte 1: the file ends"),
        (b"\x08" + b"\xff" * 11, "more than ten bytes"),
        (b"\x0b", "unknown wire type 3"),
        (b"\x0d\x00", "reaches beyond"),
    ],
)
def test_damage_is_located(data, match):
    spans = SpanStore()
    with pytest.raises(ModelFormatError, match=match):
        compact(GRAPH.DESCRIPTOR, spans, spans.add(data, "memory"))


def test_nesting_is_limited():
    spans = SpanStore()
    descriptor = load_schema("tensorflow").message("TensorProto").DESCRIPTOR
    nested = b""
    for _ in range(60):
        variant = b"\x1a" + encode_varint(len(nested)) + nested
        nested = b"\x7a" + encode_varint(len(variant)) + variant
    with pytest.raises(ModelFormatError, match="nested deeper"):
        compact(descriptor, spans, spans.add(nested, "memory"), threshold=1)


def test_forged_marker_is_refused():
    with pytest.raises(ModelFormatError, match="imitate"):
        SpanStore().resolve(MAGIC + b"\x01" * 20)


@given(st.integers(0, 2**63 - 1))
def test_varints(value):
    data = encode_varint(value)
    assert decode_varint(data, 0) == (value, len(data))
