"""The partition MODEL_INOUT_INFO: blocks of {u32 type, u32 length, content}, of which inputs and outputs are read.

A block of tensors is {u32 count}, then for each {u64 size, u32 format, u32 dtype, u32 lengths of name, dims, dims for
the runtime and range} and these four. Blocks of other types are passed over.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelwright.backends.ascend.om.container import damaged
from modelwright.backends.ascend.om.dtypes import RUNTIME_DTYPES, dtype_name
from modelwright.formats import TensorSpec

_BLOCK: Final = struct.Struct("<II")
_TENSOR: Final = struct.Struct("<QIIIIII")
_INPUTS, _OUTPUTS = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """A model's inputs and outputs."""

    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()


def read_interface(data: bytes, path: Path) -> Interface:
    """The inputs and outputs that the partition states.

    Args:
        data: The partition.
        path: The file, for messages.

    Raises:
        ModelFormatError: A block or a tensor ends too late.
    """
    found: dict[int, tuple[TensorSpec, ...]] = {}
    offset = 0
    while offset < len(data):
        kind, length = _BLOCK.unpack(_bytes(data, offset, _BLOCK.size, path))
        content = _bytes(data, offset + _BLOCK.size, length, path)
        if kind in (_INPUTS, _OUTPUTS):
            found[kind] = _tensors(content, path)
        offset += _BLOCK.size + length
    return Interface(inputs=found.get(_INPUTS, ()), outputs=found.get(_OUTPUTS, ()))


def _bytes(data: bytes, offset: int, size: int, path: Path) -> bytes:
    piece = data[offset : offset + size]
    if len(piece) != size:
        raise damaged(path, "its list of inputs and outputs ends inside an entry")
    return piece


def _tensors(data: bytes, path: Path) -> tuple[TensorSpec, ...]:
    count = int.from_bytes(_bytes(data, 0, 4, path), "little")
    offset = 4
    found: list[TensorSpec] = []
    for _ in range(count):
        _, _, dtype, *lengths = _TENSOR.unpack(_bytes(data, offset, _TENSOR.size, path))
        offset += _TENSOR.size
        name, dims, *_ = (_bytes(data, offset + sum(lengths[:i]), length, path) for i, length in enumerate(lengths))
        offset += sum(lengths)
        found.append(
            TensorSpec(
                name=name.decode("utf-8", "replace"),
                dtype=dtype_name(dtype, RUNTIME_DTYPES),
                shape=_dims(dims, path),
            )
        )
    if offset != len(data):
        raise damaged(path, "its list of inputs and outputs holds more than it states")
    return tuple(found)


def _dims(data: bytes, path: Path) -> tuple[int | None, ...]:
    if len(data) % 8:
        raise damaged(path, "its list of inputs and outputs holds a broken shape")
    return tuple(None if dim < 0 else dim for (dim,) in struct.iter_unpack("<q", data))
