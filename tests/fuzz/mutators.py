"""Mutations that keep the outer form of a file, so that what lies behind the parser is reached too."""

from __future__ import annotations

import json
import random
from typing import Any

from google.protobuf.message import DecodeError, EncodeError
from onnx import ModelProto

from modelwright.frontends.tensorflow.messages import message_class
from modelwright.schemas.pool import load_schema

_NUMBERS = (0, 1, -1, 2, 3, 7, 8, 16, 127, 128, 255, 1 << 16, 1 << 31, -(1 << 31), (1 << 62), -(1 << 63), (1 << 63) - 1)
_TEXTS = ("", "x", "../x", "/etc/passwd", "a\0b", "\u20ac", "x" * 300, "ai.onnx", ":0", "^x", "x:999999999")
_INTEGERS = {3: 64, 4: 65, 5: 32, 13: 33, 14: 32, 17: 32, 18: 64, 15: 32, 16: 64, 6: 65, 7: 33}
_REPEATED = 200
_SMALL = 200
_LARGEST = 60_000

MESSAGES = {
    "onnx": lambda: ModelProto,
    "graphdef": lambda: message_class("GraphDef"),
    "saved_model": lambda: message_class("SavedModel"),
    "caffemodel": lambda: load_schema("caffe").message("NetParameter"),
    "paddle_program": lambda: load_schema("paddle").message("ProgramDesc"),
    "mindir": lambda: load_schema("mindir").message("ModelProto"),
}
"""Readers whose input is a protobuf message."""

DOCUMENTS = ("tfjs", "keras", "paddle_pir", "recipe")
"""Readers whose input is JSON."""


def mutate(reader: str, data: bytes, seed: int) -> bytes | None:
    """A mutation in the format's own terms, or None where there is none for this input."""
    rng = random.Random(seed)
    if reader in MESSAGES:
        try:
            return _mutated_message(MESSAGES[reader](), data, rng)
        except (UnicodeDecodeError, EncodeError):  # text that is not UTF-8, or required fields that are not there
            return None
    if reader in DOCUMENTS:
        return _mutated_document(data, rng)
    return None


def _mutated_message(kind: Any, data: bytes, rng: random.Random) -> bytes | None:
    try:
        message = kind.FromString(data)
    except DecodeError:
        return None
    for _ in range(rng.randint(1, 4)):
        nodes, texts = _walk(message)
        _mutate_field(rng.choice(nodes), nodes, texts, rng)
        if message.ByteSize() > _LARGEST:
            return None
    found = message.SerializePartialToString()
    return found if len(found) < _LARGEST else None


def _walk(message: Any) -> tuple[list[Any], list[str]]:
    """Messages in the tree (at most some hundreds), and the texts in them."""
    nodes, texts, pending = [message], list(_TEXTS), [message]
    while pending and len(nodes) < 600:
        item = pending.pop()
        for field, value in item.ListFields():
            if field.message_type is not None and field.message_type.GetOptions().map_entry:
                if field.message_type.fields_by_name["value"].message_type is not None:
                    found = [value[key] for key in sorted(value)]
                    nodes.extend(found)
                    pending.extend(found)
            elif field.type == 11:
                found = list(value) if field.is_repeated else [value]
                nodes.extend(found)
                pending.extend(found)
            elif field.type == 9:
                texts.extend(list(value) if field.is_repeated else [value])
    return nodes, texts


def _mutate_field(message: Any, nodes: list[Any], texts: list[str], rng: random.Random) -> None:
    fields = message.DESCRIPTOR.fields
    present = [field for field, _ in message.ListFields()]
    field = rng.choice(present) if present and rng.random() < 0.7 else rng.choice(fields) if fields else None
    if field is None:
        return
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        _mutate_map(getattr(message, field.name), field, texts, rng)
    elif field.is_repeated:
        _mutate_list(getattr(message, field.name), field, nodes, texts, rng)
    elif rng.random() < 0.2:
        message.ClearField(field.name)
    elif field.type == 11:
        same = [node for node in nodes if node.DESCRIPTOR is field.message_type and node is not message]
        getattr(message, field.name).SetInParent()
        if same and rng.random() < 0.5:
            copy = type(rng.choice(same))()
            copy.CopyFrom(rng.choice(same))
            getattr(message, field.name).CopyFrom(copy)
    else:
        setattr(message, field.name, _scalar(field, texts, rng))


def _mutate_map(entries: Any, field: Any, texts: list[str], rng: random.Random) -> None:
    keys = sorted(entries)
    if keys and rng.random() < 0.5:
        del entries[rng.choice(keys)]
    elif field.message_type.fields_by_name["key"].type == 9:
        key = rng.choice(texts)
        if field.message_type.fields_by_name["value"].message_type is None:
            entries[key] = _scalar(field.message_type.fields_by_name["value"], texts, rng)
        elif keys:
            entries[key].CopyFrom(entries[rng.choice(keys)])


def _mutate_list(items: Any, field: Any, nodes: list[Any], texts: list[str], rng: random.Random) -> None:
    action = rng.random()
    if len(items) and action < 0.3:
        del items[rng.randrange(len(items))]
    elif field.type == 11:
        same = [node for node in nodes if node.DESCRIPTOR is field.message_type]
        copy = items.add()
        if same:
            content = rng.choice(same).SerializePartialToString()
            copy.ParseFromString(content)
            repeats = _REPEATED if action > 0.98 and len(content) < _SMALL else 0
            items.extend([copy] * repeats)
    elif len(items) and action < 0.8:
        items[rng.randrange(len(items))] = _scalar(field, texts, rng)
    else:
        items.extend([_scalar(field, texts, rng)] * (_REPEATED if action > 0.98 else 1))


def _scalar(field: Any, texts: list[str], rng: random.Random) -> Any:
    if field.type == 9:
        return rng.choice(texts)
    if field.type == 12:
        return rng.choice((b"", b"\xff", bytes(4), bytes(8), b"x" * 300, rng.randbytes(rng.randint(1, 24))))
    if field.type == 8:
        return rng.random() < 0.5
    if field.type in (1, 2):
        return rng.choice((0.0, -1.0, 1e30, float("nan"), float("inf")))
    if field.type == 14:
        known = [value.number for value in field.enum_type.values]
        return rng.choice([*known, 99]) if not field.enum_type.is_closed else rng.choice(known)
    bits = _INTEGERS[field.type]
    value = rng.choice(_NUMBERS) if rng.random() < 0.7 else rng.randint(-20, 60)
    low, high = (0, (1 << (bits - 1)) - 1) if bits % 2 else (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    return min(max(value, low), high)


def _mutated_document(data: bytes, rng: random.Random) -> bytes | None:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    for _ in range(rng.randint(1, 4)):
        _mutate_place(document, rng)
    found = json.dumps(document).encode()
    return found if len(found) < _LARGEST else None


def _mutate_place(document: Any, rng: random.Random) -> None:
    """Replaces, removes or doubles one value somewhere in the document."""
    places, pending = [], [document]
    while pending and len(places) < 3000:
        item = pending.pop()
        keys = list(item) if isinstance(item, dict) else list(range(len(item))) if isinstance(item, list) else []
        places += [(item, key) for key in keys]
        pending += [item[key] for key in keys]
    if not places:
        return
    item, key = rng.choice(places)
    action = rng.random()
    if action < 0.2:
        del item[key]
    elif action < 0.4 and isinstance(item, list):
        item.append(item[key])
    elif action < 0.6:
        other, where = rng.choice(places)
        if not isinstance(other[where], dict | list):
            item[key] = other[where]
    else:
        item[key] = rng.choice((None, True, {}, [], "", "../x", -1, 0, 1 << 70, 1.5, 10**9, "AAAA", [[]], {"a": []}))
