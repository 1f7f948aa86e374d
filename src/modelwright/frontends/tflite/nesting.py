"""Bodies of branches and loops, converted where they are used: never within themselves, nor without end."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from modelwright.errors import ConversionError

MOST_BODIES: Final = 10_000
"""Bodies converted in one model; loops within loops convert the inner ones once for each use."""


class Nesting:
    """The bodies being converted, and how many there have been."""

    def __init__(self) -> None:
        self._within: list[int] = []
        self._count = 0

    @contextmanager
    def inside(self, number: int) -> Generator[None]:
        """The conversion of a body.

        Args:
            number: The subgraph.

        Raises:
            ConversionError: It is being converted already, or there have been too many.
        """
        self._count += 1
        if number in self._within:
            raise ConversionError(
                f"graph {number} of the model is a body of itself, which TFLite does not allow",
                hint="the file is damaged or was made to mislead; convert the model again",
            )
        if self._count > MOST_BODIES:
            raise ConversionError(
                f"branches and loops nest so that more than {MOST_BODIES:,} bodies would have to be written",
                hint="nest fewer of them",
            )
        self._within.append(number)
        try:
            yield
        finally:
            self._within.pop()
