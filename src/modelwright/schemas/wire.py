"""A scan of protobuf's wire format that leaves large byte fields in the memory-mapped file.

The wire format (protobuf's encoding guide): a message is a sequence of fields, each a varint key ``number << 3 | type``
and a value: type 0 a varint, 1 eight bytes, 5 four bytes, 2 a varint length and as many bytes. The scan only descends
into sub-messages that are larger than the threshold and can hold byte fields, so its cost follows the number of fields
on the way to large tensors and not the size of the file.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from google.protobuf.message import DecodeError

from modelwright.errors import ModelFormatError
from modelwright.schemas.spans import DEFAULT_THRESHOLD, SpanStore

MAX_DEPTH: Final = 100
_TYPE_MESSAGE: Final = 11
_TYPE_BYTES: Final = 12
_BYTES: Final = "bytes"
_FIXED: Final = {1: 8, 5: 4}


def encode_varint(value: int) -> bytes:
    """``value`` (not negative) in base-128, low groups first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def decode_varint(data: memoryview | bytes, position: int) -> tuple[int, int]:
    """The varint at ``position`` and the position after it.

    Raises:
        IndexError: The data ends inside the varint.
        ValueError: It is longer than ten bytes.
    """
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
        if shift > 63:
            raise ValueError("varint of more than ten bytes")


@cache
def _reaches_bytes(descriptor: Any) -> bool:
    seen: set[str] = set()
    pending = [descriptor]
    while pending:
        current = pending.pop()
        if current.full_name in seen:
            continue
        seen.add(current.full_name)
        for field in current.fields:
            if field.type == _TYPE_BYTES:
                return True
            if field.type == _TYPE_MESSAGE:
                pending.append(field.message_type)
    return False


@cache
def byte_fields(descriptor: Any) -> dict[int, Any]:
    """Fields that are bytes (value ``"bytes"``) or messages that may hold some (value: their descriptor), by number."""
    found: dict[int, Any] = {}
    for field in descriptor.fields:
        if field.type == _TYPE_BYTES:
            found[field.number] = _BYTES
        elif field.type == _TYPE_MESSAGE and _reaches_bytes(field.message_type):
            found[field.number] = field.message_type
    return found


class _Scan:
    """One walk over one buffer; ``threshold`` in bytes."""

    def __init__(self, spans: SpanStore, index: int, threshold: int) -> None:
        self._spans = spans
        self._index = index
        self._data = spans.buffer(index)
        self._threshold = threshold

    def fail(self, offset: int, reason: str) -> ModelFormatError:
        return ModelFormatError(
            f"{self._spans.name(self._index)}: damaged or truncated at byte {offset}: {reason}",
            hint="copy or export the model again; its size on disk may be smaller than the original's",
        )

    def message(self, start: int, end: int, descriptor: Any, depth: int) -> bytes:
        """The compact copy of the message in ``[start, end)``."""
        if depth > MAX_DEPTH:
            raise self.fail(start, f"messages nested deeper than {MAX_DEPTH}")
        data, threshold, layout = self._data, self._threshold, byte_fields(descriptor)
        out: list[bytes] = []
        position = run = start
        while position < end:
            key_at = position
            key, position = self._varint(position)
            wire_type = key & 7
            if wire_type != 2:
                position = self._skip(wire_type, position, key_at)
                continue
            length, content = self._varint(position)
            position = content + length
            if position > end:
                raise self.fail(key_at, f"a field of {length} bytes reaches beyond its message")
            if length < threshold or (kind := layout.get(key >> 3)) is None:
                continue
            if kind is _BYTES:
                piece = self._spans.marker(self._index, content, length)
            else:
                piece = self.message(content, position, kind, depth + 1)
            out += (bytes(data[run:key_at]), encode_varint(key), encode_varint(len(piece)), piece)
            run = position
        if position != end:
            raise self.fail(end, "a field reaches beyond its message")
        out.append(bytes(data[run:end]))
        return b"".join(out)

    def _varint(self, position: int) -> tuple[int, int]:
        try:
            byte = self._data[position]
            return (byte, position + 1) if byte < 0x80 else decode_varint(self._data, position)
        except IndexError:
            raise self.fail(position, "the file ends inside a field") from None
        except ValueError as error:
            raise self.fail(position, str(error)) from None

    def _skip(self, wire_type: int, position: int, key_at: int) -> int:
        if wire_type == 0:
            return self._varint(position)[1]
        if wire_type in _FIXED:
            return position + _FIXED[wire_type]
        raise self.fail(key_at, f"unknown wire type {wire_type}")


def compact(descriptor: Any, spans: SpanStore, index: int, *, threshold: int = DEFAULT_THRESHOLD) -> bytes:
    """The message in buffer ``index`` with every bytes field of at least ``threshold`` bytes replaced by a marker.

    Args:
        descriptor: Descriptor of the message the buffer holds.
        spans: Where the buffer is registered; markers point into it.
        index: Index of the buffer.
        threshold: Smallest size in bytes that is left in the file.

    Raises:
        ModelFormatError: The buffer is not a well-formed message; names the file and the byte offset.
    """
    return _Scan(spans, index, threshold).message(0, len(spans.buffer(index)), descriptor, 0)


def parse(message_class: Any, spans: SpanStore, index: int, *, threshold: int = DEFAULT_THRESHOLD) -> Any:
    """Parses buffer ``index`` as a message whose large bytes fields are markers; see ``compact``.

    Raises:
        ModelFormatError: The buffer is not such a message; names the file and, where it can be found, the offset.
    """
    data = compact(message_class.DESCRIPTOR, spans, index, threshold=threshold)
    try:
        return message_class.FromString(data)
    except DecodeError as error:
        compact(message_class.DESCRIPTOR, spans, index, threshold=1)  # descends everywhere to name the offset
        reason = f"{spans.name(index)}: not a {message_class.DESCRIPTOR.name} message ({error})"
        raise ModelFormatError(reason, hint="the file is damaged or of another format") from error


def parse_file(message_class: Any, path: Path, spans: SpanStore, *, threshold: int = DEFAULT_THRESHOLD) -> Any:
    """Maps ``path`` and parses it as ``parse`` does.

    Raises:
        ModelNotFoundError: The file cannot be opened.
        ModelFormatError: It is empty, truncated, or not such a message.
    """
    return parse(message_class, spans, spans.add_file(path), threshold=threshold)
