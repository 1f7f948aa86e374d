"""Weights as Caffe stores them: numbers with a shape, in a mapped file or in memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnx_ir as ir
from google.protobuf.unknown_fields import UnknownFieldSet

from modelwright.errors import ModelFormatError
from modelwright.hub.io_tensors import tensor_on
from modelwright.schemas.spans import SpanStore

_FLOAT_FIELD: Final = 5
_FIXED32: Final = 5
_LEGACY: Final = ("num", "channels", "height", "width")
_MAX_RANK: Final = 32
_RAW: Final = {0: "<f8", 1: "<f4", 2: "<f2", 3: "<i4", 4: "<u4"}
"""Element types of NVIDIA's branch by the number of ``BlobProto.Type``."""

_FLOAT: Final = np.dtype("<f4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """One blob of weights.

    Attributes:
        shape: Its shape as stored; the oldest files always store four dimensions.
        legacy: Whether it is one of these.
        data: The numbers, flat, in the order and dtype of the file.
    """

    shape: tuple[int, ...]
    legacy: bool
    data: np.ndarray

    @property
    def count(self) -> int:
        """The number of elements."""
        return self.data.size

    def fits(self, shape: Sequence[int]) -> bool:
        """Whether it can be taken as of that shape: the same but for dimensions of 1."""
        return [size for size in self.shape if size != 1] == [size for size in shape if size != 1]

    def array(self) -> np.ndarray:
        """The numbers as float32, flat."""
        return np.ascontiguousarray(self.data, dtype=np.float32)

    def tensor(self, shape: Sequence[int], *, name: str) -> ir.TensorProtocol:
        """A float32 tensor of that shape; it points into the file where that stores float32."""
        if self.data.dtype == _FLOAT:
            return tensor_on(self.data.view(np.uint8).data, ir.DataType.FLOAT, list(shape), name=name)

        def convert() -> ir.TensorProtocol:
            return ir.Tensor(self.array().reshape(tuple(shape)), name=name)

        return ir.LazyTensor(convert, dtype=ir.DataType.FLOAT, shape=ir.Shape(list(shape)), name=name)


def blob_of(proto: Any, spans: SpanStore, where: str) -> Blob:
    """A blob from a binary message.

    Args:
        proto: A ``BlobProto`` whose large fields may be markers.
        spans: Where the markers lead.
        where: File, layer and number of the blob, for messages.

    Raises:
        ModelFormatError: Its numbers do not fit its shape.
    """
    if proto.raw_data:
        data = np.frombuffer(spans.resolve(proto.raw_data), _whole(_RAW[proto.raw_data_type], proto.raw_data, spans))
    elif proto.double_data:
        data = _joined(proto.double_data, "<f8", spans, where)
    elif proto.data:
        data = _joined(proto.data, "<f4", spans, where)
    else:
        data = _unpacked(proto)
    dims = list(proto.shape.dim) if proto.HasField("shape") else None
    legacy = [getattr(proto, name) for name in _LEGACY] if any(proto.HasField(name) for name in _LEGACY) else None
    return checked_blob(data, dims, legacy, where)


def _whole(dtype: str, raw: bytes, spans: SpanStore) -> np.dtype[Any]:
    found = np.dtype(dtype)
    if spans.length(raw) % found.itemsize:
        raise ModelFormatError(f"a blob of {spans.length(raw)} bytes holds no whole number of {found.name} elements")
    return found


def _joined(chunks: Sequence[bytes], dtype: str, spans: SpanStore, where: str) -> np.ndarray:
    """Packed numbers; protobuf allows a field to come in several chunks."""
    size = np.dtype(dtype).itemsize
    views = [spans.resolve(chunk) for chunk in chunks]
    if any(len(view) % size for view in views):
        raise ModelFormatError(f"{where} holds no whole number of elements", hint="the file is damaged: get it again")
    arrays = [np.frombuffer(view, dtype) for view in views]
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _unpacked(proto: Any) -> np.ndarray:
    """Numbers of writers that do not pack them: a field each, which the schema does not describe."""
    words = [item.data for item in UnknownFieldSet(proto) if (item.field_number, item.wire_type) == (_FLOAT_FIELD, 5)]
    return np.array(words, dtype="<u4").view("<f4")


def checked_blob(data: np.ndarray, dims: Sequence[int] | None, legacy: Sequence[int] | None, where: str) -> Blob:
    """A blob whose shape is held against the number of elements.

    Args:
        data: The numbers, flat.
        dims: The shape, or None when only the old four sizes are given.
        legacy: The old four sizes, or None.
        where: What to call it in messages.

    Raises:
        ModelFormatError: They do not fit, or the shape is none.
    """
    shape = tuple(dims) if dims is not None else tuple(legacy) if legacy is not None else (data.size,)
    if len(shape) > _MAX_RANK or any(size < 0 for size in shape):
        raise ModelFormatError(f"{where} claims the shape {list(shape)[:8]}", hint="the file is damaged: get it again")
    if math.prod(shape) != data.size:
        raise ModelFormatError(
            f"{where} claims the shape {list(shape)}, {math.prod(shape):,} elements, but holds {data.size:,}",
            hint="the file is truncated or damaged, or was saved without weights: get it again",
        )
    return Blob(shape=shape, legacy=dims is None and legacy is not None, data=data)
