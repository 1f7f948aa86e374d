"""A text message against its description: typed values by name, and the fields that the description does not know."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from google.protobuf.descriptor import FieldDescriptor

from modelwright.errors import ModelFormatError
from modelwright.frontends.caffe.text import Quoted, TextField, TextFile, TextMessage

_UNSIGNED: Final = (FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_UINT64)
_INTEGERS: Final = {
    FieldDescriptor.CPPTYPE_INT32: 31,
    FieldDescriptor.CPPTYPE_INT64: 63,
    FieldDescriptor.CPPTYPE_UINT32: 32,
    FieldDescriptor.CPPTYPE_UINT64: 64,
}
_FLOATS: Final = (FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE)
_BOOLEANS: Final = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}


@dataclass(slots=True)
class Decoded:
    """A message with typed values.

    Attributes:
        values: Scalars, enum names, ``Decoded`` messages and numbers of weights by field name; repeated ones as lists.
        unknown: Fields that the description does not have: dotted path below this message to an offset in the file.
    """

    values: dict[str, Any] = field(default_factory=dict[str, Any])
    unknown: dict[str, int] = field(default_factory=dict[str, int])

    def plain(self) -> dict[str, Any]:
        """The values with inner messages as dictionaries and lists as tuples."""
        return {name: _plain(value) for name, value in self.values.items()}

    def all_unknown(self) -> dict[str, int]:
        """Unknown fields of this message and of those within it."""
        found = dict(self.unknown)
        for name, value in self.values.items():
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, Decoded):
                    found |= {f"{name}.{path}": place for path, place in item.all_unknown().items()}
        return found


def _plain(value: Any) -> Any:
    if isinstance(value, Decoded):
        return value.plain()
    return tuple(_plain(item) for item in value) if isinstance(value, list) else value


def decode(file: TextFile, message: TextMessage, descriptor: Any) -> Decoded:
    """Reads a message's fields as the description says.

    Args:
        file: The file, for messages.
        message: What was written.
        descriptor: The message's protobuf descriptor.

    Raises:
        ModelFormatError: A value has the wrong type, or a field that may stand once stands twice; names the line.
    """
    decoded = Decoded()
    known = _known(descriptor)
    for item in message.fields:
        found = known.get(item.name)
        if found is None:
            decoded.unknown.setdefault(item.name, item.position)
            continue
        described, repeated = found
        value = _value(file, item, described)
        if repeated:
            decoded.values.setdefault(item.name, []).append(value)
        elif item.name in decoded.values:
            raise file.fail(item.position, f"{item.name!r} is given twice in one {_title(descriptor)}")
        else:
            decoded.values[item.name] = value
    return decoded


@functools.cache
def _known(descriptor: Any) -> Mapping[str, tuple[Any, bool]]:
    """A message's fields by name, and whether each may stand more than once."""
    return {field.name: (field, _repeated(field)) for field in descriptor.fields}


def _repeated(described: Any) -> bool:
    """Whether a field may stand more than once; older protobuf packages say it by a label."""
    if hasattr(described, "is_repeated"):
        return described.is_repeated
    return described.label == described.LABEL_REPEATED


def _value(file: TextFile, item: TextField, described: Any) -> Any:
    if isinstance(item.value, Quoted) and described.type == FieldDescriptor.TYPE_STRING:
        return str(item.value)
    is_message = described.type == FieldDescriptor.TYPE_MESSAGE
    if isinstance(item.value, TextMessage):
        if not is_message:
            raise file.fail(item.position, f"{item.name!r} is a value, not a message in brackets")
        return decode(file, item.value, described.message_type)
    if is_message:
        raise file.fail(item.position, f"{item.name!r} is a message: write {item.name} {{ ... }}")
    if isinstance(item.value, np.ndarray):
        return item.value
    return _scalar(file, item, item.value, described)


def _scalar(file: TextFile, item: TextField, text: str, described: Any) -> Any:
    kind = described.cpp_type
    if kind == FieldDescriptor.CPPTYPE_STRING:
        if described.type == FieldDescriptor.TYPE_BYTES:
            raise file.fail(item.position, f"{item.name!r} cannot be read in text form")
        return str(text)
    if isinstance(text, Quoted) and kind != FieldDescriptor.CPPTYPE_ENUM:
        raise _wrong(file, item, "a number or a word without quotes")
    if kind == FieldDescriptor.CPPTYPE_ENUM:
        return _enum(file, item, text, described.enum_type)
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        if text.lower() not in _BOOLEANS:
            raise _wrong(file, item, "true or false")
        return _BOOLEANS[text.lower()]
    return _float(file, item, text) if kind in _FLOATS else _integer(file, item, text, described)


def _enum(file: TextFile, item: TextField, text: str, described: Any) -> str:
    names = described.values_by_name
    if text in names and not isinstance(text, Quoted):
        return str(text)
    if text.isdigit() and int(text) in described.values_by_number:
        return described.values_by_number[int(text)].name
    raise _wrong(file, item, f"one of {', '.join(names)}")


def _float(file: TextFile, item: TextField, text: str) -> float:
    try:
        return float(text.replace(" ", "").rstrip("fF") if text[-1:] in "fF" and text[-3:] != "inf" else text)
    except ValueError:
        raise _wrong(file, item, "a number") from None


def _integer(file: TextFile, item: TextField, text: str, described: Any) -> int:
    try:
        value = int(text, 0) if not text.lstrip("+-").startswith("0") or "x" in text.lower() else int(text, 8)
    except ValueError:
        raise _wrong(file, item, "an integer") from None
    bits = _INTEGERS[described.cpp_type]
    unsigned = described.type in _UNSIGNED
    if not (0 if unsigned else -(1 << bits)) <= value < 1 << bits:
        raise _wrong(file, item, "an integer that is not negative" if unsigned else f"an integer of {bits + 1} bits")
    return value


def _wrong(file: TextFile, item: TextField, wanted: str) -> ModelFormatError:
    return file.fail(item.position, f"{item.name} is {str(item.value)!r}", hint=f"it must be {wanted}")


def _title(descriptor: Any) -> str:
    names = {"LayerParameter": "layer", "V1LayerParameter": "layer", "NetParameter": "net"}
    name = str(descriptor.name)
    return names.get(name, name)
