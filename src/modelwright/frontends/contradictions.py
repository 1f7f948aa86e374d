"""Nodes whose attributes and inputs contradict each other, told by name."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from modelwright.errors import ConversionError, InternalError

_SIGNS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    StopIteration,
    TypeError,
    ValueError,
    InternalError,
)
"""What Python raises when a converter meets lists of the wrong length, attributes of the wrong kind, and the like;
an internal error is what the builder raises where nothing is known of a value that must have a dtype."""


@contextmanager
def contradictions(op_type: str, name: str) -> Generator[None]:
    """Makes an error that names the node of what a converter cannot work with.

    Converters rely on what the source's framework guarantees about its operators and do not check it again one by one.

    Args:
        op_type: The node's operator.
        name: The node.

    Raises:
        ConversionError: The block raised something that is no error of modelwright.
    """
    try:
        yield
    except _SIGNS as error:
        raise ConversionError(
            f"{op_type} {name!r} cannot be converted: its attributes or inputs contradict each other "
            f"({type(error).__name__}: {error})",
            hint="if the framework runs the model, this is a fault of modelwright: report it with what --debug shows",
            node=name,
        ) from error
