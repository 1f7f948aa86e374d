"""Work that goes on beside the steps: hashing large files keeps a core busy that nothing else needs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Background(Generic[T]):
    """One call running in a thread; ``result`` waits for it.

    Only calls that release the interpreter's lock, as hashing does, gain anything.
    """

    def __init__(self, call: Callable[[], T]) -> None:
        """Starts ``call``."""
        self._call = call
        self._value: T | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._value = self._call()
        except BaseException as error:  # noqa: BLE001  raised again by whoever asks for the result
            self._error = error

    def result(self) -> T:
        """What the call returned.

        Raises:
            BaseException: What the call raised.
        """
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._value  # pyright: ignore[reportReturnType]  the call has returned
