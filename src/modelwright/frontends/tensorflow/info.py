"""A light summary of a TensorFlow model, from its graph and its checkpoint's index; weights are not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from modelwright.frontends.tensorflow.boundary import guessed_outputs
from modelwright.frontends.tensorflow.bundle import Bundle
from modelwright.frontends.tensorflow.constants import NUMPY_DTYPES
from modelwright.frontends.tensorflow.graphdef import functions_of, nodes_of, read_message
from modelwright.frontends.tensorflow.messages import Message, node_of
from modelwright.frontends.tensorflow.reader import open_source
from modelwright.frontends.tensorflow.saved_model import saved_model_file
from modelwright.frontends.tensorflow.signature import GraphTensor, signature_tensors
from modelwright.frontends.tensorflow.source import detect_kind
from modelwright.frontends.tensorflow.variables import HANDLE_OPS
from modelwright.schemas.spans import SpanStore

_INTERNAL_PREFIX = "__"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureSummary:
    """One signature of one meta graph."""

    tags: tuple[str, ...]
    name: str
    inputs: tuple[GraphTensor, ...]
    outputs: tuple[GraphTensor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorFlowSummary:
    """What `modelwright info` says about a TensorFlow model.

    Attributes:
        kind: ``"graphdef"``, ``"saved_model"`` or ``"checkpoint"``.
        tags: Tags of every meta graph.
        signatures: All public signatures; for a bare graph one without a name.
        operators: How often each operator runs, function bodies counted at every call; calls themselves are not.
        variables: Number of variables the graph has.
        parameters: Their elements, or those of a frozen graph's constants.
        size: Bytes of the parameters.
        producer: Version of TensorFlow, or the GraphDef producer number, as the file says.
    """

    kind: str
    tags: tuple[tuple[str, ...], ...] = ()
    signatures: tuple[SignatureSummary, ...] = ()
    operators: Mapping[str, int]
    variables: int = 0
    parameters: int = 0
    size: int = 0
    producer: str = ""


def describe(path: Path | str) -> TensorFlowSummary:
    """Summarizes a model of any kind.

    Raises:
        ModelNotFoundError: There is no model.
        ModelFormatError: A file is damaged or of another format.
    """
    path = Path(path)
    kind = detect_kind(path)
    return _describe_saved_model(path) if kind == "saved_model" else _describe_graph(path, kind)


def _describe_saved_model(path: Path) -> TensorFlowSummary:
    file = saved_model_file(path)
    spans = SpanStore()
    model = read_message(file, "SavedModel", spans)
    signatures: list[SignatureSummary] = []
    for meta in model.meta_graphs:
        tags = tuple(sorted(meta.meta_info_def.tags))
        for name in sorted(meta.signature_def):
            if not name.startswith(_INTERNAL_PREFIX):
                definition = meta.signature_def[name]
                sides = (signature_tensors(side, str(path)) for side in (definition.inputs, definition.outputs))
                signatures.append(SignatureSummary(tags=tags, name=name, inputs=next(sides), outputs=next(sides)))
    first = model.meta_graphs[0].graph_def if len(model.meta_graphs) else None
    meta = next((item for item in model.meta_graphs if list(item.meta_info_def.tags) == ["serve"]), None)
    graph = meta.graph_def if meta is not None else first
    if graph is None:
        return TensorFlowSummary(kind="saved_model", operators={})
    nodes = nodes_of(graph, str(path))
    outputs = [node_of(tensor.tensor) for item in signatures[:1] for tensor in item.outputs]
    preferred = next((item for item in signatures if item.name == "serving_default"), None)
    if preferred is not None:
        outputs = [node_of(tensor.tensor) for tensor in preferred.outputs]
    needed = _reach(nodes, outputs) if all(name in nodes for name in outputs) and outputs else list(nodes.values())
    variables, parameters, size = _variable_sizes(needed)
    info = model.meta_graphs[0].meta_info_def
    return TensorFlowSummary(
        kind="saved_model",
        tags=tuple(tuple(sorted(item.meta_info_def.tags)) for item in model.meta_graphs),
        signatures=tuple(signatures),
        operators=_count(needed, functions_of(graph)),
        variables=variables,
        parameters=parameters,
        size=size,
        producer=info.tensorflow_version or str(graph.versions.producer),
    )


def _describe_graph(path: Path, kind: str) -> TensorFlowSummary:
    source = open_source(path, kind=kind)
    outputs = source.outputs if source.outputs is not None else tuple(guessed_outputs(source))
    needed = _reach(source.nodes, [node_of(tensor.tensor) for tensor in outputs])
    bundle: Bundle | None = source.variables.bundle
    variables, parameters, size = _variable_sizes(needed)
    if bundle is None:
        constants = [node.attr["value"].tensor for node in needed if node.op == "Const"]
        parameters = sum(_elements(tensor.tensor_shape) for tensor in constants)
        size = sum(_elements(tensor.tensor_shape) * _item_size(tensor.dtype) for tensor in constants)
    placeholders = [node for node in needed if node.op.startswith("Placeholder")]
    inputs = tuple(
        GraphTensor(name=f"{node.name}:0", tensor=f"{node.name}:0", dtype=node.attr["dtype"].type, shape=_shape(node))
        for node in placeholders
    )
    signature = SignatureSummary(
        tags=(),
        name="",
        inputs=source.inputs if source.inputs is not None else inputs,
        outputs=outputs,
    )
    return TensorFlowSummary(
        kind=kind,
        signatures=(signature,),
        operators=_count(needed, source.functions),
        variables=variables,
        parameters=parameters,
        size=size,
        producer=str(source.versions.producer or ""),
    )


def _reach(nodes: Mapping[str, Message], outputs: Iterable[str]) -> list[Message]:
    found: dict[str, Message] = {}
    pending = list(outputs)
    while pending:
        name = pending.pop()
        if name in nodes and name not in found:
            found[name] = nodes[name]
            pending.extend(node_of(ref) for ref in nodes[name].input if not ref.startswith("^"))
    return list(found.values())


def _shape(node: Message) -> tuple[int | None, ...] | None:
    shape = node.attr["shape"].shape if "shape" in node.attr else None
    if shape is None or shape.unknown_rank:
        return None
    return tuple(dim.size if dim.size >= 0 else None for dim in shape.dim)


def _elements(shape: Message) -> int:
    return prod(max(dim.size, 0) for dim in shape.dim)


def _item_size(dtype: int) -> int:
    return NUMPY_DTYPES[dtype].itemsize if dtype in NUMPY_DTYPES else 0


def _variable_sizes(nodes: Iterable[Message]) -> tuple[int, int, int]:
    """Number, elements and bytes of the variables among ``nodes``, by their declared shapes."""
    count = elements = size = 0
    for node in nodes:
        if node.op in HANDLE_OPS:
            number = _elements(node.attr["shape"].shape)
            count, elements = count + 1, elements + number
            size += number * _item_size(node.attr["dtype"].type)
    return count, elements, size


def _count(nodes: Iterable[Message], functions: Mapping[str, Message]) -> dict[str, int]:
    """Operators with their counts, most frequent first; calls count as what they call."""
    bodies: dict[str, Counter[str]] = {}

    def body(name: str, callers: tuple[str, ...]) -> Counter[str]:
        if name not in bodies:
            bodies[name] = total(functions[name].node_def, (*callers, name))
        return bodies[name]

    def total(items: Iterable[Message], callers: tuple[str, ...]) -> Counter[str]:
        counts: Counter[str] = Counter()
        for node in items:
            called = [value.func.name for value in node.attr.values() if value.WhichOneof("value") == "func"]
            called = [name for name in (*called, node.op) if name in functions and name not in callers]
            if not called or node.op in _CONTROL:
                counts[node.op] += 1
            for name in called:
                counts.update(body(name, callers))
        return counts

    counts = total(nodes, ())
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


_CONTROL = frozenset({"If", "StatelessIf", "While", "StatelessWhile", "Case", "StatelessCase"})
