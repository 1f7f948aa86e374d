"""TensorFlow checkpoints of format V2 ("tensor bundles"): an ``.index`` table and ``.data-?????-of-?????`` shards.

The table's empty key holds the header, every other key is a tensor's name with a BundleEntryProto: shard, offset and
size. Tensors are raw little-endian bytes, row-major; strings are their lengths as varints, a four-byte checksum, and
the bytes. The entry of a partitioned tensor lists slices instead; each is stored under a key that encodes the name and
the slice's extents in TensorFlow's order-preserving code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from modelwright.errors import ModelFormatError, ModelNotFoundError, UnsupportedError
from modelwright.frontends.tensorflow.bundle_table import read_table
from modelwright.frontends.tensorflow.constants import from_numpy, numpy_dtype
from modelwright.frontends.tensorflow.messages import DT_STRING, Message, message_class
from modelwright.schemas.companions import companion
from modelwright.schemas.spans import DEFAULT_THRESHOLD, SpanStore
from modelwright.schemas.wire import decode_varint

_SIGN_HEADERS = (0x0, 0x8000, 0xC000, 0xE000, 0xF000, 0xF800, 0xFC00, 0xFE00, 0xFF00, 0xFF80, 0xFFC0)
Extent = tuple[int, int]
"""Start and length along one axis; length -1 means the whole axis."""


def _ordered_number(value: int) -> bytes:
    digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes([len(digits)]) + digits


def _ordered_signed(value: int) -> bytes:
    """Signed number in order-preserving code: as many leading ones (zeros if negative) as bytes, then the value."""
    magnitude = ~value if value < 0 else value
    length = magnitude.bit_length() // 7 + 1
    raw = bytearray(value.to_bytes(10, "big", signed=True)[10 - length :])
    header = _SIGN_HEADERS[length]
    raw[0] ^= header >> 8
    if length > 1:
        raw[1] ^= header & 0xFF
    return bytes(raw)


def slice_key(name: str, extents: Sequence[Extent]) -> bytes:
    """The key under which the slice of a partitioned tensor is stored."""
    escaped = name.encode().replace(b"\xff", b"\xff\x00").replace(b"\x00", b"\x00\xff")
    key = _ordered_number(0) + escaped + b"\x00\x01" + _ordered_number(len(extents))
    return key + b"".join(_ordered_signed(start) + _ordered_signed(length) for start, length in extents)


class Bundle:
    """A checkpoint opened for reading; shards are mapped when a tensor in them is asked for.

    Args:
        prefix: The checkpoint's path without ``.index``.
        spans: Where the shards are registered.

    Raises:
        ModelNotFoundError: There is no index file.
        ModelFormatError: The index is damaged, or the checkpoint is big-endian.
    """

    def __init__(self, prefix: Path, spans: SpanStore) -> None:
        self.prefix = prefix
        self.index_path = prefix.with_name(prefix.name + ".index")
        if not self.index_path.is_file():
            hint = f"{self.index_path.name} belongs beside the data shards; copy the whole folder"
            raise ModelNotFoundError(f"{self.index_path}: the checkpoint's index file is missing", hint=hint)
        self._spans = spans
        self._entries = read_table(self.index_path)
        header = self._parse("BundleHeaderProto", self._entries.pop(b"", b""))
        if header.endianness:
            raise UnsupportedError(f"{self.index_path}: big-endian checkpoints are not supported")
        self._shards = header.num_shards or 1
        self._mapped: dict[int, int] = {}

    def _parse(self, message: str, data: bytes) -> Message:
        try:
            return message_class(message).FromString(data)
        except DecodeError as error:
            raise ModelFormatError(f"{self.index_path}: damaged {message}: {error}") from error

    def __contains__(self, name: str) -> bool:
        return name.encode() in self._entries

    def names(self) -> list[str]:
        """Names of all tensors, without the parts of partitioned ones, sorted."""
        return [key.decode() for key in self._entries if not key.startswith(b"\0")]

    def entry(self, name: str) -> Message:
        """The BundleEntryProto of a tensor.

        Raises:
            ModelFormatError: There is no tensor of that name.
        """
        data = self._entries.get(name.encode())
        if data is None:
            raise ModelFormatError(f"{self.index_path}: holds no tensor named {name!r}")
        return self._parse("BundleEntryProto", data)

    def sizes(self) -> Iterator[tuple[str, int, int]]:
        """Name, number of elements and size in bytes of every numeric tensor; reads the index only."""
        for name in self.names():
            entry = self.entry(name)
            if entry.dtype != DT_STRING:
                count = prod(dim.size for dim in entry.shape.dim)
                yield name, count, entry.size or count * numpy_dtype(entry.dtype).itemsize

    def tensor(self, name: str, slice_spec: str = "") -> Message:
        """A tensor as TensorProto; large contents are span markers into the mapped shard.

        Args:
            name: The tensor's name in the checkpoint.
            slice_spec: Part to read, as RestoreV2 writes it: full shape and ``start,length`` or ``-`` for every axis,
                e.g. ``"10 4 0,5:-"``; empty for all of it.

        Raises:
            ModelNotFoundError: A shard is missing.
            ModelFormatError: The tensor is not in the checkpoint or reaches beyond its shard.
        """
        entry = self.entry(name)
        if not slice_spec:
            return self._whole(name, entry)
        extents = _parse_slice(slice_spec)
        stored = self._entries.get(slice_key(name, extents))
        if stored is not None:
            return self._whole(name, self._parse("BundleEntryProto", stored))
        values = self._array(name, entry)
        index = tuple(slice(start, None if length < 0 else start + length) for start, length in extents)
        return from_numpy(values[index], entry.dtype)

    def strings(self, name: str) -> list[bytes]:
        """The elements of a string tensor."""
        return list(self.tensor(name).string_val)

    def _whole(self, name: str, entry: Message) -> Message:
        if entry.slices:
            return from_numpy(self._array(name, entry), entry.dtype)
        tensor = message_class("TensorProto")(dtype=entry.dtype, tensor_shape=entry.shape)
        data = self._bytes(name, entry)
        if entry.dtype == DT_STRING:
            tensor.string_val.extend(self._split_strings(name, data, prod(dim.size for dim in entry.shape.dim)))
        elif entry.size >= DEFAULT_THRESHOLD:
            tensor.tensor_content = self._spans.marker(self._mapped[entry.shard_id], entry.offset, entry.size)
        else:
            tensor.tensor_content = bytes(data)
        return tensor

    def _array(self, name: str, entry: Message) -> np.ndarray[Any, Any]:
        dtype = numpy_dtype(entry.dtype)
        shape = tuple(dim.size for dim in entry.shape.dim)
        if not entry.slices:
            return np.frombuffer(self._bytes(name, entry), dtype).reshape(shape)
        values = np.zeros(shape, dtype)
        for part in entry.slices:
            extents = [(item.start, item.length if item.HasField("length") else -1) for item in part.extent]
            stored = self._entries.get(slice_key(name, extents))
            if stored is None:
                raise ModelFormatError(f"{self.index_path}: a slice of {name!r} is missing")
            piece = self._parse("BundleEntryProto", stored)
            index = tuple(slice(start, None if length < 0 else start + length) for start, length in extents)
            values[index] = self._array(name, piece)
        return values

    def _bytes(self, name: str, entry: Message) -> memoryview:
        shard = entry.shard_id
        if shard not in self._mapped:
            path = self.prefix.with_name(f"{self.prefix.name}.data-{shard:05d}-of-{self._shards:05d}")
            if not path.exists():
                hint = f"the checkpoint has {self._shards} data files; copy all of them beside {self.index_path.name}"
                raise ModelNotFoundError(f"{path}: this shard of the checkpoint is missing", hint=hint)
            path = companion(path.parent, path.name, what=f"{self.prefix}: a shard of the checkpoint")
            self._mapped[shard] = self._spans.add_file(path)
        data = self._spans.buffer(self._mapped[shard])
        end = entry.offset + entry.size
        if entry.offset < 0 or entry.size < 0 or end > len(data):
            where = self._spans.name(self._mapped[shard])
            hint = f"the file has {len(data)} bytes where {end} are needed; copy it again"
            raise ModelFormatError(f"{where}: truncated: tensor {name!r} ends at byte {end}", hint=hint)
        if entry.dtype != DT_STRING:
            needed = prod(dim.size for dim in entry.shape.dim) * numpy_dtype(entry.dtype).itemsize
            if needed != entry.size:
                raise ModelFormatError(f"{self.index_path}: tensor {name!r} has {entry.size} bytes instead of {needed}")
        return data[entry.offset : end]

    def _split_strings(self, name: str, data: memoryview, count: int) -> Iterator[bytes]:
        lengths: list[int] = []
        position = 0
        try:
            for _ in range(count):
                length, position = decode_varint(data, position)
                lengths.append(length)
        except (IndexError, ValueError) as error:
            raise ModelFormatError(f"{self.prefix}: string tensor {name!r} is damaged") from error
        position += 4
        if position + sum(lengths) != len(data):
            raise ModelFormatError(f"{self.prefix}: string tensor {name!r} has the wrong length")
        for length in lengths:
            yield bytes(data[position : position + length])
            position += length


def _parse_slice(text: str) -> list[Extent]:
    extents: list[Extent] = []
    for axis in text.rsplit(" ", 1)[-1].split(":"):
        start, _, length = axis.partition(",")
        extents.append((0, -1) if start == "-" else (int(start), int(length)))
    return extents
