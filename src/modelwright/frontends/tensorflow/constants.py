"""TensorProto to numpy, without a copy where the bytes allow it.

Formats as TensorFlow's ``tensor.proto`` describes them: ``tensor_content`` holds the elements row-major and
little-endian; otherwise a typed list (``float_val``, ``int_val``, ...) holds them, and a list shorter than the tensor
repeats its last value. Half-width floats travel as their 16 bits in ``half_val``, complex numbers as pairs.
"""

from __future__ import annotations

from math import prod
from typing import Any, Final

import ml_dtypes
import numpy as np
from numpy.typing import DTypeLike

from modelwright.errors import ModelFormatError, UnsupportedError
from modelwright.frontends.tensorflow.messages import DATA_TYPE_NAMES, DATA_TYPES, Message, message_class
from modelwright.schemas.spans import SpanStore

_BY_NAME: Final[dict[str, DTypeLike]] = {
    "FLOAT": np.float32,
    "DOUBLE": np.float64,
    "INT32": np.int32,
    "UINT8": np.uint8,
    "INT16": np.int16,
    "INT8": np.int8,
    "STRING": np.object_,
    "COMPLEX64": np.complex64,
    "INT64": np.int64,
    "BOOL": np.bool_,
    "QINT8": np.int8,
    "QUINT8": np.uint8,
    "QINT32": np.int32,
    "BFLOAT16": ml_dtypes.bfloat16,
    "QINT16": np.int16,
    "QUINT16": np.uint16,
    "UINT16": np.uint16,
    "COMPLEX128": np.complex128,
    "HALF": np.float16,
    "UINT32": np.uint32,
    "UINT64": np.uint64,
    "FLOAT8_E5M2": ml_dtypes.float8_e5m2,
    "FLOAT8_E4M3FN": ml_dtypes.float8_e4m3fn,
    "FLOAT8_E4M3FNUZ": ml_dtypes.float8_e4m3fnuz,
    "FLOAT8_E4M3B11FNUZ": ml_dtypes.float8_e4m3b11fnuz,
    "FLOAT8_E5M2FNUZ": ml_dtypes.float8_e5m2fnuz,
    "INT4": ml_dtypes.int4,
    "UINT4": ml_dtypes.uint4,
}
NUMPY_DTYPES: Final[dict[int, np.dtype[Any]]] = {
    DATA_TYPES[f"DT_{name}"]: np.dtype(dtype) for name, dtype in _BY_NAME.items()
}
"""DataType number to numpy dtype; quantized types map to their storage, strings to objects (``bytes``)."""

_LISTS: Final[dict[str, str]] = {
    "FLOAT": "float_val",
    "DOUBLE": "double_val",
    "STRING": "string_val",
    "COMPLEX64": "scomplex_val",
    "COMPLEX128": "dcomplex_val",
    "INT64": "int64_val",
    "BOOL": "bool_val",
    "HALF": "half_val",
    "BFLOAT16": "half_val",
    "UINT32": "uint32_val",
    "UINT64": "uint64_val",
}
_MAX_RANK: Final = 64
_LARGEST: Final = 1 << 32
_VALUE_LISTS: Final = {DATA_TYPES[f"DT_{name}"]: field for name, field in _LISTS.items()}
_BITS: Final = {DATA_TYPES["DT_HALF"], DATA_TYPES["DT_BFLOAT16"]}
_COMPLEX: Final = {DATA_TYPES["DT_COMPLEX64"]: np.float32, DATA_TYPES["DT_COMPLEX128"]: np.float64}


def numpy_dtype(dtype: int) -> np.dtype[Any]:
    """The numpy dtype of a DataType.

    Raises:
        UnsupportedError: Tensors of that type have no numpy form (resources, variants).
    """
    found = NUMPY_DTYPES.get(dtype)
    if found is None:
        raise UnsupportedError(
            f"tensors of type {DATA_TYPE_NAMES.get(dtype, str(dtype))} cannot be read as values",
            hint="cut the model before them with --inputs or --outputs",
        )
    return found


def to_numpy(tensor: Message, spans: SpanStore) -> np.ndarray[Any, Any]:
    """The values of a TensorProto, read-only.

    Args:
        tensor: The TensorProto; its ``tensor_content`` may be a span marker.
        spans: Where markers lead; the array then shares the mapped file's memory.

    Returns:
        An array of the tensor's shape and the dtype of ``NUMPY_DTYPES``; strings as an object array of ``bytes``.

    Raises:
        ModelFormatError: The number of elements does not fit the shape.
        UnsupportedError: The type has no numpy form.
    """
    dtype = numpy_dtype(tensor.dtype)
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    _check_sizes(shape, dtype)
    if tensor.tensor_content:
        return _from_content(spans.resolve(tensor.tensor_content), dtype, shape)
    values = np.frombuffer(tensor.float8_val, dtype) if tensor.float8_val else _typed_values(tensor, dtype)
    count = prod(shape)
    if len(values) > count:
        raise ModelFormatError(f"a constant of shape {list(shape)} holds {len(values)} values")
    last = values[-1] if len(values) else np.zeros(1, dtype)[0]
    if len(values) < 2 <= count and not dtype.hasobject:
        return np.broadcast_to(last, shape)
    if len(values) < count:
        values = np.concatenate([values, np.full(count - len(values), last)])
    values = values.reshape(shape)
    values.flags.writeable = False
    return values


def _check_sizes(shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """A constant must be of a size that one protobuf file could hold, even if it repeats a single number."""
    beyond = prod(size for size in shape if size) * dtype.itemsize > _LARGEST
    if len(shape) > _MAX_RANK or any(size < 0 for size in shape) or beyond:
        raise ModelFormatError(
            f"a constant has the sizes {list(shape)[:_MAX_RANK]}, which no tensor has", hint="the file is damaged"
        )


def _from_content(data: memoryview, dtype: np.dtype[Any], shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    if dtype.hasobject:
        raise ModelFormatError("a string constant holds raw content", hint="the file is damaged")
    if len(data) != prod(shape) * dtype.itemsize:
        raise ModelFormatError(f"a constant of shape {list(shape)} and type {dtype} holds {len(data)} bytes")
    little = dtype.newbyteorder("<") if dtype.kind in "iufc" and dtype.itemsize > 1 else dtype
    return np.frombuffer(data, little).reshape(shape)


def _typed_values(tensor: Message, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    field = getattr(tensor, _VALUE_LISTS.get(tensor.dtype, "int_val"))
    if tensor.dtype in _BITS:
        return np.array(field, np.uint16).view(dtype)
    if tensor.dtype in _COMPLEX:
        return np.array(field, _COMPLEX[tensor.dtype]).view(dtype)
    if dtype.hasobject:
        values = np.empty(len(field), np.object_)
        values[:] = list(field)
        if not len(field):
            return np.array([b""], np.object_)[: prod(dim.size for dim in tensor.tensor_shape.dim)]
        return values
    return np.array(field, np.int64 if dtype.kind in "iu" and dtype.itemsize < 8 else dtype).astype(dtype)


def from_numpy(values: np.ndarray[Any, Any], dtype: int) -> Message:
    """A TensorProto that holds ``values`` (copied), row-major; object arrays of ``bytes`` become ``string_val``."""
    tensor = message_class("TensorProto")(dtype=dtype)
    for size in values.shape:
        tensor.tensor_shape.dim.add(size=size)
    if values.dtype.hasobject:
        texts = values.ravel().tolist()
        if not all(isinstance(text, bytes) for text in texts):
            raise ModelFormatError("a constant of strings holds numbers", hint="the file is damaged")
        tensor.string_val.extend(texts)
    else:
        tensor.tensor_content = np.ascontiguousarray(values).tobytes()
    return tensor
