"""A file that grows, within what an upload may have."""

from __future__ import annotations

from typing import Protocol

from modelwright.service.errors import TooLargeError


class Written(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> object:
        """Adds bytes."""
        ...

    def flush(self) -> object:
        """Passes them on."""
        ...

    def tell(self) -> int:
        """How many there are."""
        ...


class Growing:
    """A file that grows.

    Args:
        stream: Where its bytes go.
        room: Bytes that the upload may still have.
        before: Bytes of the file that are elsewhere already.
    """

    def __init__(self, stream: Written, room: int, before: int = 0) -> None:
        self._stream = stream
        self._room = room
        self._before = before

    def write(self, data: bytes) -> None:
        """Adds bytes.

        Raises:
            TooLargeError: They are more than an upload may have.
        """
        if len(data) > self._room:
            raise TooLargeError("the upload is larger than the service takes", hint="ask for a higher limit")
        self._room -= len(data)
        self._stream.write(data)

    @property
    def size(self) -> int:
        """Its size."""
        self._stream.flush()
        return self._before + self._stream.tell()
