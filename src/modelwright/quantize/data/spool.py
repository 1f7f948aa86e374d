"""Decoded images in a temporary file: they are read again in every pass over the data, but decoded once."""

from __future__ import annotations

import math
import tempfile
import weakref
from pathlib import Path
from typing import IO, Final

import numpy as np

MOST: Final = 1 << 30
"""Bytes of a spool at most; more images than that are decoded in every pass."""


class Spool:
    """Pixels of images by index. The file has no name any more, so that it goes with the process."""

    def __init__(self, count: int, shape: tuple[int, ...], folder: Path | None) -> None:
        """Makes room.

        Args:
            count: Number of images.
            shape: Shape of the pixels of each, uint8.
            folder: Where the file lies; None for the system's folder for such files.
        """
        self._shape = shape
        self._bytes = math.prod(shape)
        self._filled = [False] * count
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._open = 0 < count * self._bytes <= MOST

    def get(self, index: int) -> np.ndarray | None:
        """The pixels of an image, or None when they must be decoded."""
        if self._file is None or not self._filled[index]:
            return None
        self._file.seek(index * self._bytes)
        return np.frombuffer(self._file.read(self._bytes), np.uint8).reshape(self._shape)

    def put(self, index: int, pixels: np.ndarray) -> None:
        """Keeps pixels; a full disk ends the keeping, not the run."""
        if not self._open:
            return
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115  it lasts as long as the spool
                weakref.finalize(self, self._file.close)
            self._file.seek(index * self._bytes)
            self._file.write(np.ascontiguousarray(pixels).data)
            self._file.flush()
        except OSError:
            self._open = False
            return
        self._filled[index] = True
