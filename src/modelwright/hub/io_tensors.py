"""Tensors between files and the hub: views on mapped bytes, bytes of any tensor, and sparse initializers."""

from __future__ import annotations

import contextlib
import math
import mmap
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir

from modelwright.errors import InternalError, ModelFormatError

_RELEASE_ABOVE = 1 << 20
_LARGEST_DENSE = 1 << 35
"""Bytes of a dense array that a machine may be able to hold."""


def byte_length(dtype: ir.DataType, shape: Sequence[int]) -> int:
    """Bytes of a tensor in ONNX's ``raw_data`` layout: little-endian, types under 8 bits packed without gaps."""
    return -(-math.prod(shape) * dtype.bitwidth // 8)


def tensor_on(
    buffer: memoryview | bytes, dtype: ir.DataType, shape: Sequence[int], *, name: str, doc: str | None = None
) -> ir.TensorProtocol:
    """A tensor over bytes in ``raw_data`` layout, without copying them.

    Args:
        buffer: The bytes; kept alive by the tensor.
        dtype: Element type; those under 8 bits give a packed tensor.
        shape: Sizes, none negative.
        name: Name of the tensor, also used in messages.
        doc: Its documentation.

    Raises:
        ModelFormatError: The number of bytes does not fit dtype and shape, or the dtype has no such layout.
    """
    if dtype in (ir.DataType.UNDEFINED, ir.DataType.STRING):
        raise ModelFormatError(f"tensor {name!r} has raw bytes but is of dtype {dtype.name.lower()}")
    expected = byte_length(dtype, shape)
    if len(buffer) != expected:
        raise ModelFormatError(
            f"tensor {name!r} has {len(buffer)} bytes, but {dtype.name.lower()}{list(shape)} needs {expected}",
            hint="the file is damaged; export the model again",
        )
    if dtype.bitwidth < 8:
        packed = np.frombuffer(buffer, dtype=np.uint8) if expected else np.empty(0, np.uint8)
        return ir.PackedTensor(packed, dtype, shape=shape, name=name, doc_string=doc)
    kind = np.dtype(dtype.numpy())
    array = np.frombuffer(buffer, dtype=kind).reshape(shape) if expected else np.empty(shape, kind)
    return ir.Tensor(array, dtype=dtype, shape=ir.Shape(shape), name=name, doc_string=doc)


def payload(tensor: ir.TensorProtocol) -> memoryview:
    """The tensor's bytes in ``raw_data`` layout, without a copy where its memory already has that layout.

    A lazy tensor is evaluated once.

    Raises:
        InternalError: A lazy tensor evaluates to something else than its dtype and shape promise.
    """
    if tensor.dtype.bitwidth < 8:
        data = memoryview(tensor.tobytes())
    else:
        array = np.ascontiguousarray(tensor.numpy())
        data = array.reshape(-1).view(np.uint8).data
    expected = byte_length(tensor.dtype, tensor.shape.numpy())
    if len(data) != expected:
        raise InternalError(f"tensor {tensor.name!r} evaluates to {len(data)} bytes instead of {expected}")
    return data


def release_pages(data: memoryview) -> None:
    """Lets the system take back the pages of a mapped file that ``data`` was read from; they load again on use.

    Without it the resident memory of a run grows to the size of the model's file.
    """
    if len(data) < _RELEASE_ABOVE or not hasattr(mmap, "MADV_DONTNEED"):
        return
    base = map_below(data)
    if base is not None:
        with contextlib.suppress(OSError):
            base.madvise(mmap.MADV_DONTNEED)


def map_below(data: memoryview) -> mmap.mmap | None:
    """The mapped file that ``data`` is a view of, or None if it lies in memory of its own."""
    base: Any = data.obj
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, memoryview):
        base = base.obj
    return base if isinstance(base, mmap.mmap) else None


class SparseInitializer(ir.LazyTensor):
    """An initializer stored as coordinates and values (ONNX's ``SparseTensorProto``), dense for whoever reads it.

    It stays sparse in the file as long as no pass replaces it. The dense array is made anew at each use.

    Attributes:
        values: The non-default elements, of shape ``[NNZ]``.
        indices: int64 positions: ``[NNZ]`` into the flattened tensor, or ``[NNZ, rank]``.
    """

    def __init__(
        self, values: ir.TensorProtocol, indices: ir.TensorProtocol, shape: Sequence[int], *, name: str
    ) -> None:
        super().__init__(self._dense, dtype=values.dtype, shape=ir.Shape(shape), name=name)
        self.values = values
        self.indices = indices

    def problem(self) -> str:
        """What is wrong with the positions, or nothing; the dense array is not made."""
        shape, values, indices = self.shape.numpy(), self.values.numpy(), self.indices.numpy()
        if values.ndim != 1 or indices.dtype != np.int64 or indices.shape[:1] != values.shape or indices.ndim > 2:
            return f"values of shape {list(values.shape)}, positions of shape {list(indices.shape)}"
        limits = [math.prod(shape)] if indices.ndim == 1 else list(shape)
        columns = indices.reshape(len(values), -1) if indices.size else np.zeros((0, len(limits)), np.int64)
        if columns.shape[1] != len(limits):
            return f"positions of {columns.shape[1]} numbers in a tensor of {len(limits)} dimensions"
        pairs = [(column, limit) for column, limit in zip(columns.T, limits, strict=True) if column.size]
        outside = [place for column, limit in pairs for place in (column.min(), column.max()) if not 0 <= place < limit]
        if outside:
            return f"position {outside[0]} is outside of {list(shape)}"
        if math.prod(shape) * self.dtype.itemsize > _LARGEST_DENSE:
            return f"{list(shape)} elements cannot be made dense"
        return ""

    def _dense(self) -> ir.TensorProtocol:
        shape = self.shape.numpy()
        values, indices = self.values.numpy(), self.indices.numpy()
        dense = np.zeros(math.prod(shape), dtype=values.dtype)
        dense[indices if indices.ndim == 1 else np.ravel_multi_index(tuple(indices.T), shape)] = values
        return ir.Tensor(dense.reshape(shape), dtype=self.dtype, name=self.name)

    def to_proto(self, name: str) -> onnx.SparseTensorProto:
        """The stored form under a name."""
        proto = onnx.SparseTensorProto(dims=self.shape.numpy())
        proto.values.CopyFrom(ir.serde.serialize_tensor(self.values))
        proto.values.name = name
        proto.indices.CopyFrom(ir.serde.serialize_tensor(self.indices))
        return proto
