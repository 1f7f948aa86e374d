"""Which graph of a file is converted, and what its inputs and outputs are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modelwright.errors import ConversionError, unknown_name
from modelwright.frontends.tflite.model import LiteModel, LiteSignature

_DEFAULT_SIGNATURE = "serving_default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """An input or output of the model.

    Attributes:
        name: Its name in the hub model.
        source: Its name in the source: the signature's, or the tensor's.
        index: The tensor's index.
    """

    name: str
    source: str
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """What is converted of a model.

    Attributes:
        subgraph: Number of the graph.
        inputs: Its inputs.
        outputs: Its outputs.
        signature: The signature that names them, empty when there is none.
    """

    subgraph: int
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    signature: str = ""


def choose_interface(
    model: LiteModel,
    *,
    signature: str | None = None,
    rename_inputs: Sequence[str] = (),
    rename_outputs: Sequence[str] = (),
) -> Interface:
    """The graph that a signature runs, with the signature's names; without signatures the first graph.

    Args:
        model: The model.
        signature: The signature wanted; by default ``serving_default``, else the first one.
        rename_inputs: Names for the inputs, in order; empty keeps them.
        rename_outputs: Names for the outputs, in order; empty keeps them.

    Raises:
        UnknownNameError: There is no such signature.
        ConversionError: The number of names is not that of the tensors.
    """
    chosen = _signature(model, signature)
    number = chosen.subgraph if chosen is not None else 0
    graph = model.subgraphs[number]
    sources = [
        _sources(model, number, indices, {} if chosen is None else names)
        for indices, names in (
            (graph.inputs, {} if chosen is None else chosen.inputs),
            (graph.outputs, {} if chosen is None else chosen.outputs),
        )
    ]
    inputs = _ports(sources[0], rename_inputs, "input")
    taken = {port.name for port in inputs}
    outputs = tuple(
        Port(name=f"{port.name}_output" if port.name in taken else port.name, source=port.source, index=port.index)
        for port in _ports(sources[1], rename_outputs, "output")
    )
    key = chosen.key if chosen is not None else ""
    return Interface(subgraph=number, inputs=inputs, outputs=outputs, signature=key)


def _signature(model: LiteModel, wanted: str | None) -> LiteSignature | None:
    keys = [item.key for item in model.signatures]
    if wanted is not None:
        if wanted not in keys:
            raise unknown_name("signature", wanted, keys, where=model.path)
        return model.signatures[keys.index(wanted)]
    if _DEFAULT_SIGNATURE in keys:
        return model.signatures[keys.index(_DEFAULT_SIGNATURE)]
    return model.signatures[0] if keys else None


def _sources(
    model: LiteModel, subgraph: int, indices: Sequence[int], names: Mapping[str, int]
) -> list[tuple[str, int]]:
    """Names and indices: in the signature's order, by name, where it has any, else in the graph's."""
    if names:
        return sorted(names.items())
    tensors = model.subgraphs[subgraph].tensors
    found: list[tuple[str, int]] = []
    for index in indices:
        name = tensors[index].name
        twice = any(name == other for other, _ in found)
        found.append((f"{name}_{index}" if twice else name, index))
    return found


def _ports(sources: Sequence[tuple[str, int]], names: Sequence[str], kind: str) -> tuple[Port, ...]:
    if names and len(names) != len(sources):
        raise ConversionError(
            f"--rename-{kind}s gives {len(names)} names but the model has {len(sources)} {kind}s",
            hint=f"the {kind}s are {', '.join(name for name, _ in sources)}",
        )
    wanted = names or [name for name, _ in sources]
    return tuple(
        Port(name=name, source=source, index=index) for name, (source, index) in zip(wanted, sources, strict=True)
    )
