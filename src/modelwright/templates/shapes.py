"""Shapes of inputs as templates' settings write them, and a batch size as shapes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from modelwright.errors import ShapeError
from modelwright.formats import Dim, NamedShape, Signature, TensorSpec, parse_named_shape
from modelwright.pipeline.describe import describe


def named_shapes(text: str) -> list[NamedShape]:
    """``a:1,2;b:?,3`` as names with shapes; ``?`` and ``-1`` stay open.

    Args:
        text: A value without problems.
    """
    found: list[NamedShape] = []
    for part in text.rstrip(";").split(";"):
        name, _, dims = part.strip().rpartition(":")
        found.append(NamedShape(name=name, shape=tuple(_dim(dim) for dim in dims.split(","))))
    return found


def _dim(text: str) -> Dim:
    return None if text in ("?", "-1") else int(text)


def compiler_shapes(text: str) -> str:
    """The text as ATC takes it: ``?`` is 1."""
    return text.rstrip(";").replace("?", "1")


def joined(before: Sequence[str], shapes: Iterable[NamedShape]) -> list[str]:
    """Names (with or without shapes) to which these shapes are added: a name that is there gets its shape."""
    found = {item.name: item for item in (parse_named_shape(text) for text in before)}
    found |= {item.name: item for item in shapes}
    return [str(item) for item in found.values()]


def batched(before: Sequence[str], size: int, model: Path, signature: str | None = None) -> list[str]:
    """Shapes of all inputs with ``size`` as the first dimension where it is open.

    Args:
        before: Names, with or without shapes, that were asked for; none for all inputs of the model.
        size: The batch.
        model: The model's file or folder.
        signature: The signature that is converted, if one is named.

    Raises:
        ShapeError: The rank of an input is not known, or its batch is fixed at another size.
        ModelwrightError: The model cannot be read.
    """
    specs = {spec.name: spec.shape for spec in _inputs(model, signature)}
    asked = [parse_named_shape(text) for text in before] or [NamedShape(name=name) for name in specs]
    return [str(_batched(item, _shape(item, specs), size)) for item in asked]


def _inputs(model: Path, signature: str | None) -> tuple[TensorSpec, ...]:
    summary = describe(model)
    for item in summary.details.get("signatures", ()):
        if isinstance(item, Signature) and item.name == signature:
            return item.inputs
    return summary.inputs


def _shape(item: NamedShape, specs: dict[str, tuple[Dim, ...] | None]) -> tuple[Dim, ...] | None:
    if item.shape is not None:
        return item.shape
    spellings = (item.name, f"{item.name}:0", item.name.removesuffix(":0"))
    return next((specs[name] for name in spellings if name in specs), None)


def _batched(item: NamedShape, shape: tuple[Dim, ...] | None, size: int) -> NamedShape:
    if not shape:
        raise ShapeError(
            f"batch_size: the sizes of input {item.name!r} are not known", hint="give them all: input_shape"
        )
    first = shape[0]
    if isinstance(first, int) and first != size:
        raise ShapeError(
            f"batch_size: input {item.name!r} has the batch {first} fixed, not {size}",
            hint="leave batch_size out, or export the model with an open batch",
        )
    rest = tuple(None if isinstance(dim, str) else dim for dim in shape[1:])
    return NamedShape(name=item.name, shape=(size, *rest))
