"""Writing a message that holds span markers, with the spans' bytes in their place.

The inverse of ``modelwright.schemas.wire``. The message is serialized with its markers (small), every enclosing length
is computed anew, and the spans go from the mapped files straight to the output: memory stays that of the small message.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any, BinaryIO

from modelwright.schemas.spans import MAGIC, SpanStore, is_marker
from modelwright.schemas.wire import byte_fields, decode_varint, encode_varint

Piece = bytes | memoryview


def _marker_positions(data: bytes) -> list[int]:
    found: list[int] = []
    position = data.find(MAGIC)
    while position >= 0:
        found.append(position)
        position = data.find(MAGIC, position + len(MAGIC))
    return found


class _Expansion:
    """Turns serialized bytes with markers into pieces without; only messages around a marker are taken apart."""

    def __init__(self, data: bytes, spans: SpanStore) -> None:
        self._data = data
        self._spans = spans
        self._markers = _marker_positions(data)

    def _holds_marker(self, start: int, end: int) -> bool:
        following = bisect_left(self._markers, start)
        return following < len(self._markers) and self._markers[following] < end

    def message(self, start: int, end: int, descriptor: Any) -> tuple[list[Piece], int]:
        """Pieces and total length of the message in ``[start, end)``."""
        if not self._holds_marker(start, end):
            return [self._data[start:end]], end - start
        pieces: list[Piece] = []
        total = 0
        layout = byte_fields(descriptor)
        position = run = start
        while position < end:
            key_at = position
            key, position = decode_varint(self._data, position)
            content, position = self._field_end(key & 7, position)
            kind = layout.get(key >> 3) if key & 7 == 2 else None
            if kind is None or not self._holds_marker(content, position):
                continue
            inner, length = self._value(content, position, kind)
            head = self._data[run:key_at] + encode_varint(key) + encode_varint(length)
            pieces += (head, *inner)
            total += len(head) + length
            run = position
        pieces.append(self._data[run:end])
        return pieces, total + end - run

    def _value(self, start: int, end: int, kind: Any) -> tuple[list[Piece], int]:
        if kind != "bytes":
            return self.message(start, end, kind)
        field = self._data[start:end]
        span = self._spans.resolve(field) if is_marker(field) else field
        return [span], len(span)

    def _field_end(self, wire_type: int, position: int) -> tuple[int, int]:
        """Start and end of a field's content."""
        if wire_type == 2:
            length, content = decode_varint(self._data, position)
            return content, content + length
        if wire_type == 0:
            return position, decode_varint(self._data, position)[1]
        return position, position + (8 if wire_type == 1 else 4)


def expand(message: Any, spans: SpanStore) -> tuple[list[Piece], int]:
    """The bytes of ``message`` with its spans in place, as a list of pieces, and their total length.

    Maps are written in the order of their keys, so equal messages give equal bytes.
    """
    data = message.SerializeToString(deterministic=True)
    return _Expansion(data, spans).message(0, len(data), message.DESCRIPTOR)


def write_message(message: Any, spans: SpanStore, file: BinaryIO) -> int:
    """Writes ``message`` with its spans in place to ``file`` and returns the number of bytes written."""
    pieces, total = expand(message, spans)
    file.writelines(pieces)
    return total
