"""Weights of TensorFlow.js: shards of raw bytes that the manifest in ``model.json`` cuts into tensors.

The manifest is a list of groups, each with ``paths`` (shards, whose bytes follow one another) and ``weights`` (in the
order of their bytes): ``name``, ``shape``, ``dtype`` and, if it was quantized, ``quantization``. Numbers are
little-endian, booleans one byte each, complex numbers two float32, strings a 4-byte length before each text. Quantized
to ``uint8`` or ``uint16`` a value is ``q * scale + min`` (rounded when it was an integer); to ``float16`` it is itself.
TensorFlow.js has no 64-bit types: int64 and float64 constants are stored in 32 bits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from modelwright.errors import ModelFormatError, ModelNotFoundError, UnsupportedError
from modelwright.frontends.tensorflow.constants import from_numpy, numpy_dtype
from modelwright.frontends.tensorflow.messages import Message, message_class
from modelwright.schemas.companions import companion
from modelwright.schemas.spans import DEFAULT_THRESHOLD, SpanStore

_STRING: Final = "string"
_MAX_RANK: Final = 64
_MOST_ELEMENTS: Final = 1 << 48
_STORED: Final[dict[str, np.dtype[Any]]] = {
    name: np.dtype(name) for name in ("float32", "int32", "bool", "complex64", "uint8", "uint16", "float16")
}
_QUANTIZED: Final = ("uint8", "uint16", "float16")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The shards of one group, end to end.

    Attributes:
        files: Their paths.
        buffers: Their indices in the span store.
        starts: Where each begins in the group.
        size: Bytes of all.
        spans: The span store.
    """

    files: tuple[Path, ...]
    buffers: tuple[int, ...]
    starts: tuple[int, ...]
    size: int
    spans: SpanStore

    def read(self, start: int, length: int) -> bytes:
        """A copy of the bytes in ``[start, start + length)``."""
        pieces = [
            self.spans.buffer(index)[max(start - begin, 0) : max(start + length - begin, 0)]
            for index, begin in zip(self.buffers, self.starts, strict=True)
        ]
        return b"".join(pieces)

    def marker(self, start: int, length: int) -> bytes | None:
        """A marker for these bytes if they lie in one shard, else None."""
        for index, begin in zip(self.buffers, self.starts, strict=True):
            if begin <= start and start + length <= begin + len(self.spans.buffer(index)):
                return self.spans.marker(index, start - begin, length)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """One tensor of the manifest.

    Attributes:
        name: Its constant's name in the graph.
        shape: Its sizes.
        dtype: What it is once read: ``float32``, ``int32``, ``string``, ...
        stored: How its numbers are stored.
        scale: Step of a quantized value, or None.
        minimum: Value of a quantized zero.
        group: Its bytes' group.
        start: Where its bytes begin there.
        length: How many they are.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    stored: str
    group: Group = field(repr=False)
    start: int
    length: int
    scale: float | None = None
    minimum: float = 0.0

    def tensor(self, dtype: int, spans: SpanStore) -> Message:
        """The TensorProto of this weight for a constant of DataType ``dtype``; large ones are markers.

        Raises:
            ModelFormatError: Texts are cut short.
            UnsupportedError: The constant's type has no values.
        """
        if self.dtype == _STRING:
            return from_numpy(self._texts(), dtype)
        wanted = numpy_dtype(dtype)
        if wanted == _STORED[self.stored] and self.scale is None and self.length >= DEFAULT_THRESHOLD:
            marker = self.group.marker(self.start, self.length)
            if marker is not None:
                return self._marked(dtype, marker)
        values = self.values().astype(wanted)
        if values.nbytes < DEFAULT_THRESHOLD:
            return from_numpy(values, dtype)
        index = spans.add(np.ascontiguousarray(values).reshape(-1).view(np.uint8).data, f"weight {self.name}")
        return self._marked(dtype, spans.marker(index, 0, values.nbytes))

    def values(self) -> np.ndarray[Any, Any]:
        """The numbers, dequantized, in the dtype the manifest gives."""
        found = np.frombuffer(self.group.read(self.start, self.length), _STORED[self.stored]).reshape(self.shape)
        if self.scale is not None:
            found = found.astype(np.float64) * self.scale + self.minimum
            found = np.round(found) if self.dtype == "int32" else found
        return found.astype(_STORED[self.dtype])

    def _marked(self, dtype: int, marker: bytes) -> Message:
        tensor = message_class("TensorProto")(dtype=dtype, tensor_content=marker)
        for size in self.shape:
            tensor.tensor_shape.dim.add(size=size)
        return tensor

    def _texts(self) -> np.ndarray[Any, Any]:
        found = np.empty(math.prod(self.shape), np.object_)
        found[:] = [self.group.read(start, length) for start, length in _text_spans(self.group, self.start, found.size)]
        return found.reshape(self.shape)


def read_weights(manifest: object, folder: Path, spans: SpanStore, where: str) -> dict[str, Weight]:
    """All weights of a manifest by name; their shards are mapped, not read.

    Args:
        manifest: ``weightsManifest`` of ``model.json``.
        folder: The folder of ``model.json``.
        spans: Takes the shards.
        where: The model's path, for messages.

    Raises:
        ModelNotFoundError: A shard is missing.
        ModelFormatError: The manifest is malformed, or the shards hold fewer bytes than it says.
        UnsupportedError: A weight is of a dtype that TensorFlow.js does not describe.
    """
    found: dict[str, Weight] = {}
    for entry in _list(manifest, where):
        group = _group(_list(_key(entry, "paths", where), where), folder, spans, where)
        offset = 0
        for item in _list(_key(entry, "weights", where), where):
            weight = _weight(item, group, offset, where)
            offset += weight.length
            found[weight.name] = weight
    return found


def _group(paths: Sequence[object], folder: Path, spans: SpanStore, where: str) -> Group:
    files: list[Path] = []
    missing: list[str] = []
    for path in paths:
        if not isinstance(path, str):
            raise ModelFormatError(
                f"{where}: the weights manifest names a shard {path!r}", hint="a path beside the model"
            )
        try:
            files.append(companion(folder, path, what=f"{where}: a shard of its weights"))
        except ModelNotFoundError:
            missing.append(str(folder / path))
    if missing:
        raise ModelNotFoundError(
            f"{where}: shards of its weights are missing: {', '.join(missing)}",
            hint="copy all .bin files beside model.json",
        )
    filled = [file for file in files if file.stat().st_size]
    buffers = tuple(spans.add_file(file) for file in filled)
    starts, size = [], 0
    for index in buffers:
        starts.append(size)
        size += len(spans.buffer(index))
    return Group(files=tuple(files), buffers=buffers, starts=tuple(starts), size=size, spans=spans)


def _weight(item: object, group: Group, start: int, where: str) -> Weight:
    name, dtype = str(_key(item, "name", where)), str(_key(item, "dtype", where))
    shape = tuple(_size(size, name, where) for size in _list(_key(item, "shape", where), where))
    if len(shape) > _MAX_RANK or math.prod(size for size in shape if size) > _MOST_ELEMENTS:
        raise ModelFormatError(f"{where}: weight {name!r} has the shape {list(shape)[:_MAX_RANK]}, which no tensor has")
    quantization = item.get("quantization") if isinstance(item, Mapping) else None
    stored, scale, minimum = dtype, None, 0.0
    if quantization is not None:
        stored = str(_key(quantization, "dtype", where))
        if stored != "float16":
            scale, minimum = (_number(_key(quantization, key, where), name, where) for key in ("scale", "min"))
    known = dtype == _STRING or (dtype in _STORED and stored in (_STORED if quantization is None else _QUANTIZED))
    if not known:
        raise UnsupportedError(f"{where}: weight {name!r} has dtype {dtype!r} stored as {stored!r}")
    if dtype == _STRING:
        spans = list(_text_spans(group, start, math.prod(shape)))
        length = sum(4 + size for _, size in spans)
    else:
        length = math.prod(shape) * _STORED[stored].itemsize
    if start + length > group.size:
        raise _short(group, name, start + length)
    return Weight(
        name=name,
        shape=shape,
        dtype=dtype,
        stored=stored,
        group=group,
        start=start,
        length=length,
        scale=scale,
        minimum=minimum,
    )


def _text_spans(group: Group, start: int, count: int) -> Iterator[tuple[int, int]]:
    """Start and length of each of ``count`` texts."""
    for _ in range(count):
        if start + 4 > group.size:
            raise _short(group, "a string weight", start + 4)
        length = int.from_bytes(group.read(start, 4), "little")
        yield start + 4, length
        start += 4 + length


def _short(group: Group, name: str, needed: int) -> ModelFormatError:
    files = ", ".join(str(file) for file in group.files) or "no shard"
    return ModelFormatError(
        f"{files}: {group.size} bytes, but the weights up to {name!r} need {needed}",
        hint="a shard is truncated; copy or convert the model again",
    )


def _key(item: object, key: str, where: str) -> Any:
    if not isinstance(item, Mapping) or key not in item:
        raise ModelFormatError(f"{where}: the weights manifest lacks {key!r}", hint="is it a model of TensorFlow.js?")
    return item[key]


def _list(item: object, where: str) -> list[Any]:
    if not isinstance(item, list):
        raise ModelFormatError(f"{where}: the weights manifest is malformed", hint="is it a model of TensorFlow.js?")
    return item


def _size(value: object, name: str, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ModelFormatError(f"{where}: weight {name!r} has a size {value!r}")
    return value


def _number(value: object, name: str, where: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ModelFormatError(f"{where}: the quantization of weight {name!r} holds {value!r}")
    return float(value)
