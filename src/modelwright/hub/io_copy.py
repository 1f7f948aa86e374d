"""Copying bytes of a mapped file into another file inside the system, without taking them through this process.

Where the file system can share blocks, nothing is copied at all; elsewhere the pages never become part of this process.
"""

from __future__ import annotations

import os
from typing import BinaryIO, Final

import numpy as np

from modelwright.hub.io_tensors import map_below
from modelwright.schemas.spans import FileMap

COPIED_FROM: Final = 1 << 20
"""Bytes from which on it is worth its system calls."""


def copy_mapped(file: BinaryIO, data: memoryview) -> bool:
    """Appends ``data`` to ``file`` if it is a view of a mapped file that is still where it was.

    Args:
        file: A file open for writing, at its end.
        data: Contiguous bytes.

    Returns:
        Whether it was written; if not, nothing was.

    Raises:
        OSError: The disk is full, or failed half-way.
    """
    mapped = map_below(data)
    if len(data) < COPIED_FROM or not isinstance(mapped, FileMap) or not hasattr(os, "copy_file_range"):
        return False
    start = _address(data) - _address(memoryview(mapped))
    file.flush()
    begin = file.tell()
    try:
        with mapped.path.open("rb") as source:
            found = os.fstat(source.fileno())
            if (found.st_dev, found.st_ino) != mapped.identity:
                return False
            _copy(source.fileno(), file.fileno(), start, len(data))
    except OSError:
        if os.lseek(file.fileno(), 0, os.SEEK_CUR) != begin:
            raise
        return False
    file.seek(0, os.SEEK_END)
    return True


def _copy(source: int, target: int, start: int, length: int) -> None:
    done = 0
    while done < length:
        copied = os.copy_file_range(source, target, length - done, start + done)
        if not copied:
            raise OSError("the file became shorter while it was copied")
        done += copied


def _address(data: memoryview) -> int:
    return np.frombuffer(data, dtype=np.uint8).ctypes.data
