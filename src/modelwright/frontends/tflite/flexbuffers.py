"""Options of custom operators: a FlexBuffers map of names to numbers.

The layout, as the FlexBuffers documentation describes it: the last byte is the width of the root, the one before it its
type; a map is a vector of values, whose types follow it a byte each, with the offset of its vector of keys three
elements before; offsets lead backwards. Types are ``kind << 2 | log2(width)``.
"""

from __future__ import annotations

import struct

from modelwright.errors import ModelFormatError

_INT, _UINT, _FLOAT, _MAP, _BOOL = 1, 2, 3, 9, 26
_INDIRECT = {6: _INT, 7: _UINT, 8: _FLOAT}
_CODES = {_INT: "bhiq", _UINT: "BHIQ", _BOOL: "BHIQ", _FLOAT: "?efd"}


def read_options(raw: bytes) -> dict[str, float]:
    """The numbers of a map by name; values of other kinds are left out.

    Raises:
        ModelFormatError: The bytes are no such map.
    """
    try:
        return _read(raw)
    except (struct.error, IndexError, ValueError) as error:
        raise ModelFormatError(f"a custom operator's options of {len(raw)} bytes cannot be read: {error}") from error


def _read(raw: bytes) -> dict[str, float]:
    width, kind = raw[-1], raw[-2] >> 2
    if kind != _MAP:
        raise ValueError("they are no map")
    start = _follow(raw, len(raw) - 2 - width, width)
    inner = 1 << (raw[-2] & 3)
    count = _unsigned(raw, start - inner, inner)
    keys = _follow(raw, start - 3 * inner, inner)
    key_width = _unsigned(raw, start - 2 * inner, inner)
    found: dict[str, float] = {}
    for index in range(count):
        name = _text(raw, _follow(raw, keys + index * key_width, key_width))
        value = _number(raw, start + index * inner, inner, raw[start + count * inner + index])
        if value is not None:
            found[name] = value
    return found


def _number(raw: bytes, position: int, width: int, packed: int) -> float | None:
    kind = packed >> 2
    if kind in _INDIRECT:
        position, width, kind = _follow(raw, position, width), 1 << (packed & 3), _INDIRECT[kind]
    if kind not in _CODES:
        return None
    return struct.unpack_from(f"<{_CODES[kind][width.bit_length() - 1]}", raw, position)[0]


def _unsigned(raw: bytes, position: int, width: int) -> int:
    return int.from_bytes(raw[position : position + width], "little")


def _follow(raw: bytes, position: int, width: int) -> int:
    target = position - _unsigned(raw, position, width)
    if not 0 <= target < len(raw):
        raise ValueError(f"an offset to byte {target}")
    return target


def _text(raw: bytes, position: int) -> str:
    return raw[position : raw.index(0, position)].decode()
