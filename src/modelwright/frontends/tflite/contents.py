"""The bytes of constant tensors as arrays."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import onnx_ir as ir

_PACKED = {ir.DataType.INT4: (4, True), ir.DataType.UINT4: (4, False)}


def decode_contents(raw: memoryview | np.ndarray, dtype: ir.DataType, count: int | None) -> np.ndarray | None:
    """A 1-D array; it shares the memory unless the bytes are packed or texts.

    Args:
        raw: The bytes.
        dtype: The element type.
        count: The number of elements expected; None takes what is there.

    Returns:
        The elements, or None when their number is another one. Elements of 4 bits become 8-bit ones.
    """
    if dtype is ir.DataType.STRING:
        array = _texts(raw)
    elif dtype in _PACKED:
        array = _unpacked(np.frombuffer(raw, np.uint8), *_PACKED[dtype])
        array = array if count is None else array[:count]
    else:
        kind = np.dtype(ml_dtypes.bfloat16) if dtype is ir.DataType.BFLOAT16 else np.dtype(dtype.numpy())
        if len(raw) % kind.itemsize:
            return None
        array = np.frombuffer(raw, kind.newbyteorder("<") if kind.kind != "V" else kind)
    return array if count is None or array.size == count else None


def _unpacked(pairs: np.ndarray, bits: int, signed: bool) -> np.ndarray:  # noqa: FBT001  a row of the table above
    """Two numbers a byte, the first one in the low half."""
    numbers = np.stack([pairs & 0xF, pairs >> bits], axis=1).reshape(-1)
    if not signed:
        return numbers
    return np.where(numbers >= 8, numbers.astype(np.int8) - np.int8(16), numbers.astype(np.int8)).astype(np.int8)


def _texts(raw: Any) -> np.ndarray:
    """Texts: their number, where each starts and where the last ends as int32, and the bytes."""
    view = memoryview(raw)
    head = np.frombuffer(view, "<i4", count=1) if len(view) >= 4 else np.zeros(1, np.int32)
    count = int(head[0])
    if count < 0 or 4 * (count + 2) > len(view):
        return np.zeros(0, object)
    bounds = np.frombuffer(view, "<i4", count=count + 1, offset=4).tolist()
    texts = np.empty(count, object)
    for index in range(count):
        texts[index] = bytes(view[bounds[index] : bounds[index + 1]])
    return texts
