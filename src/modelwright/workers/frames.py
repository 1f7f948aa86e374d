"""Messages on a pipe between two processes of modelwright: JSON and, behind it, the bytes of tensors.

A frame is the length of its JSON text (8 bytes, little-endian), the text (``data``, and name, dtype and shape of each
tensor), and the tensors' bytes in C order, one after the other. Strings travel as fixed-width unicode; nothing is
pickled.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import IO, Any, Final

import numpy as np

_LENGTH: Final = 8


def send(pipe: IO[bytes], data: Mapping[str, Any], arrays: Mapping[str, np.ndarray] | None = None) -> None:
    """Writes one frame.

    Args:
        pipe: Where to.
        data: What JSON can hold.
        arrays: Tensors of numbers, booleans or strings, by name.

    Raises:
        OSError: The other side is gone.
    """
    packed = {name: _packed(array) for name, array in (arrays or {}).items()}
    described = [[name, array.dtype.str, array.shape] for name, array in packed.items()]
    head = json.dumps({"data": dict(data), "arrays": described}).encode()
    pipe.write(len(head).to_bytes(_LENGTH, "little") + head)
    for array in packed.values():
        if array.size:
            pipe.write(array.reshape(-1).view(np.uint8).data)
    pipe.flush()


def _packed(array: np.ndarray) -> np.ndarray:
    """The array in C order; strings that Python holds as objects become an array of fixed width."""
    flat = array.astype(str) if array.dtype.kind == "O" else array
    return np.ascontiguousarray(flat).reshape(array.shape)


def receive(pipe: IO[bytes]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Reads one frame.

    Raises:
        EOFError: The other side is gone.
    """
    size = int.from_bytes(_exactly(pipe, _LENGTH), "little")
    head = json.loads(_exactly(pipe, size))
    arrays = {name: _array(pipe, np.dtype(dtype), tuple(shape)) for name, dtype, shape in head["arrays"]}
    return head["data"], arrays


def _array(pipe: IO[bytes], dtype: np.dtype[Any], shape: tuple[int, ...]) -> np.ndarray:
    size = math.prod(shape) * dtype.itemsize
    return np.frombuffer(_exactly(pipe, size), dtype).reshape(shape) if size else np.zeros(shape, dtype)


def _exactly(pipe: IO[bytes], size: int) -> bytearray:
    content = bytearray(size)
    view, filled = memoryview(content), 0
    while filled < size:
        count = pipe.readinto(view[filled:])  # pyright: ignore[reportAttributeAccessIssue]  every binary pipe has it
        if not count:
            raise EOFError("the other side of the pipe is gone")
        filled += count
    return content
