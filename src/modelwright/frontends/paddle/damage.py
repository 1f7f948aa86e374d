"""Programs whose values are of other kinds than Paddle writes, told as damaged."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from modelwright.errors import ModelFormatError


@contextmanager
def damage(where: str) -> Generator[None]:
    """Makes an error of the file of what Python raises where a reader takes for granted what Paddle always writes.

    Args:
        where: The program's file.

    Raises:
        ModelFormatError: The block raised something that is no error of modelwright.
    """
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ModelFormatError(
            f"{where}: the program is damaged ({type(error).__name__}: {error})", hint="copy or export the model again"
        ) from error
