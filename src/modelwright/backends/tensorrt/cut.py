"""Splits a model into a part that TensorRT takes and an ONNX remainder that runs before or after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import onnx_ir as ir

from modelwright.errors import UnsupportedError
from modelwright.hub.io import load, save
from modelwright.passes.bodies import reads_of
from modelwright.passes.extract import extract


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A model in two.

    Attributes:
        engine: The model's part for TensorRT.
        rest: The remainder.
        engine_first: Whether the remainder runs after the engine.
        nodes: Number of nodes of the engine's part and of the remainder.
    """

    engine: Path
    rest: Path
    engine_first: bool
    nodes: tuple[int, int]


def cut(path: Path, refused: Iterable[str], folder: Path) -> Parts:
    """Cuts a model so that the engine's part holds as many nodes as possible.

    Args:
        path: The ONNX file.
        refused: Names of nodes that cannot be in the engine's part.
        folder: Where to write the parts: ``engine.onnx`` and ``rest.onnx``.

    Raises:
        UnsupportedError: Nothing of the model is left for the engine.
    """
    model = load(path)
    names = set(refused)
    start = [node for node in model.graph if node.name in names]
    after = _depending(model.graph, start)
    before = _needed(start)
    engine_first = len(after) <= len(before)
    rest = after if engine_first else before
    inside = [node for node in model.graph if node not in rest]
    if not inside:
        raise UnsupportedError(
            "nothing is left for an engine: what TensorRT refuses stands at both ends of the model",
            items=[f"{node.op_type} {node.name!r}" for node in start],
            hint="cut the model by hand, with --inputs and --outputs of `modelwright convert onnx`",
        )
    boundary = _boundary(model.graph, rest, engine_first=engine_first)
    first, second = folder / "engine.onnx", folder / "rest.onnx"
    if not engine_first:
        first, second = second, first
    own = [value.name or "" for value in model.graph.outputs if (value.producer() in rest) != engine_first]
    _extract(path, first, [], list(dict.fromkeys([*boundary, *own])))
    ends = [value.name or "" for value in model.graph.outputs if value.name not in own]
    _extract(path, second, [*boundary, *_needed_inputs(model.graph, rest, engine_first=engine_first)], ends)
    return Parts(
        engine=folder / "engine.onnx",
        rest=folder / "rest.onnx",
        engine_first=engine_first,
        nodes=(len(inside), len(rest)),
    )


def _depending(graph: ir.Graph, start: Iterable[ir.Node]) -> set[ir.Node]:
    """The nodes and all that depend on them, also through subgraphs."""
    found = set(start)
    for node in graph:
        if any(value.producer() in found for value in reads_of(node)):
            found.add(node)
    return found


def _needed(start: Iterable[ir.Node]) -> set[ir.Node]:
    """The nodes and all that they depend on."""
    found: set[ir.Node] = set()
    left = list(start)
    while left:
        node = left.pop()
        if node not in found:
            found.add(node)
            left.extend(maker for value in reads_of(node) if (maker := value.producer()) is not None)
    return found


def _boundary(graph: ir.Graph, rest: set[ir.Node], *, engine_first: bool) -> list[str]:
    """Tensors that the part that runs first makes and the other one reads."""
    second = [node for node in graph if (node in rest) == engine_first]
    names: dict[str, None] = {}
    for node in second:
        for value in reads_of(node):
            producer = value.producer()
            if producer is not None and producer.graph is graph and (producer in rest) != engine_first:
                names[value.name or ""] = None
    return list(names)


def _needed_inputs(graph: ir.Graph, rest: set[ir.Node], *, engine_first: bool) -> list[str]:
    """Inputs of the model that the part that runs second reads."""
    second = [node for node in graph if (node in rest) == engine_first]
    read = {value.name for node in second for value in reads_of(node)}
    return [value.name or "" for value in graph.inputs if value.name in read]


def _extract(source: Path, target: Path, inputs: list[str], outputs: list[str]) -> None:
    model = load(source)
    extract(model, inputs, outputs)
    save(model, target)
