"""Reading a TensorFlow model into one frozen, inlined and pruned graph, without TensorFlow.

Without flags a PlaceholderWithDefault is an input only if it is one of the signature or asked for with ``inputs``;
otherwise its default value is used and a notice says so. Tables and variables are read on the way; weights stay in
their files and are named by span markers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from modelwright.errors import UsageError
from modelwright.frontends.tensorflow import boundary
from modelwright.frontends.tensorflow.boundary import Request
from modelwright.frontends.tensorflow.checkpoint import open_checkpoint
from modelwright.frontends.tensorflow.flat import FlatGraph
from modelwright.frontends.tensorflow.fold import apply_defaults, fold_conditionals, fold_switches
from modelwright.frontends.tensorflow.freeze import Freezer
from modelwright.frontends.tensorflow.graphdef import open_graphdef
from modelwright.frontends.tensorflow.inline import Inliner
from modelwright.frontends.tensorflow.messages import Message, node_of, normalize_ref
from modelwright.frontends.tensorflow.op_outputs import OpOutputs
from modelwright.frontends.tensorflow.prune import build_graph
from modelwright.frontends.tensorflow.saved_model import open_saved_model
from modelwright.frontends.tensorflow.signature import GraphTensor
from modelwright.frontends.tensorflow.source import KINDS, Source, detect_kind
from modelwright.frontends.tensorflow.tables import FILL_OPS, TABLE_OPS, Table, read_tables
from modelwright.frontends.tensorflow.variables import restored_tensor
from modelwright.schemas.spans import SpanStore

__all__ = ["GraphTensor", "TensorFlowModel", "open_source", "read_model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorFlowModel:
    """A model ready to be converted.

    Attributes:
        graph: GraphDef: no calls, no variables, only what the outputs need, nodes in topological order. Its library
            holds the functions of control flow, whose references are numbered (``node:1``) as the graph's are.
        inputs: What the caller gives.
        outputs: What the model gives.
        spans: Resolves the markers in the graph's constants.
        tables: Keys and values of lookup tables by the name of the table's node.
        notices: Sentences on what was guessed or dropped.
        variables: How many variables became constants.
        kind: ``"graphdef"``, ``"saved_model"``, ``"checkpoint"`` or ``"tfjs"``.
        op_outputs: Output lists of the model's operators.
    """

    graph: Message
    inputs: tuple[GraphTensor, ...]
    outputs: tuple[GraphTensor, ...]
    spans: SpanStore
    tables: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict[str, Table])
    notices: tuple[str, ...] = ()
    variables: int = 0
    kind: str = "graphdef"
    op_outputs: OpOutputs = field(default_factory=lambda: OpOutputs({}), repr=False, compare=False)


def open_source(
    path: Path | str,
    *,
    kind: str = "auto",
    tag: str | None = None,
    signature: str | None = None,
    concrete_function: int | None = None,
) -> Source:
    """Opens a model of any kind without inlining or freezing it; see ``read_model`` for arguments and errors."""
    path = Path(path)
    kind = detect_kind(path) if kind == "auto" else kind
    if kind not in KINDS:
        raise UsageError(f"unknown kind of TensorFlow model {kind!r}", hint=f"one of {', '.join(KINDS)}")
    if kind == "saved_model":
        return open_saved_model(path, tag=tag, signature=signature, concrete_function=concrete_function)
    for option, value in (("--tag", tag), ("--signature_def", signature), ("--concrete_function", concrete_function)):
        if value is not None:
            raise UsageError(f"{option} is for SavedModels; {path} is a {kind}", hint=f"leave {option} out")
    return _OPENERS[kind](path)


def _open_tfjs(path: Path) -> Source:
    from modelwright.frontends.tensorflow.tfjs import open_tfjs

    return open_tfjs(path)


_OPENERS = {"graphdef": open_graphdef, "checkpoint": open_checkpoint, "tfjs": _open_tfjs}


def read_model(
    path: Path | str,
    *,
    kind: str = "auto",
    tag: str | None = None,
    signature: str | None = None,
    concrete_function: int | None = None,
    inputs: Request = (),
    outputs: Request = (),
    use_graph_names: bool = False,
    use_default: Sequence[str] = (),
    ignore_default: Sequence[str] = (),
    op_list: Message | None = None,
) -> TensorFlowModel:
    """Reads a model.

    Args:
        path: GraphDef file, SavedModel directory, or checkpoint (``.meta``, prefix or directory).
        kind: What it is; ``"auto"`` looks at names and content.
        tag: Tags of the meta graph, joined by commas; SavedModels only.
        signature: The signature; without one ``serving_default`` or the only one.
        concrete_function: Number of a function under ``__call__``; the signature is then ignored.
        inputs: Names with shapes (``None``: as declared): signature keys, ``"node"`` or ``"node:1"``. Intermediate
            tensors cut the graph. Empty: the signature's, or the placeholders the outputs need.
        outputs: Likewise. Empty: the signature's, or a guess.
        use_graph_names: Name the signature's tensors as the graph does, not by key.
        use_default: PlaceholderWithDefault nodes to replace by their default.
        ignore_default: PlaceholderWithDefault nodes to make inputs.
        op_list: OpList of operators that the model uses besides TensorFlow's own.

    Raises:
        ModelNotFoundError: The model or one of its files is missing.
        ModelFormatError: A file is damaged, or a variable has no value.
        UnknownNameError: A tag, signature, function or tensor does not exist; the hint lists names.
        UsageError: The inputs given do not suffice for the outputs.
        ConversionError: A result needs the update of a variable.
    """
    source = open_source(path, kind=kind, tag=tag, signature=signature, concrete_function=concrete_function)
    if op_list is not None:
        source.op_outputs.add(op_list)
    known_inputs, known_outputs = boundary.signature_sides(source, use_graph_names=use_graph_names)
    inliner = Inliner(source.functions, source.op_outputs)
    if not known_outputs and not outputs:
        known_outputs = boundary.guessed_outputs(source)
        source.notices.append(f"outputs were guessed: {', '.join(tensor.name for tensor in known_outputs)}")
    flat = _inlined(source, inliner, known_outputs, [name for name, _ in (*inputs, *outputs)])
    chosen = boundary.choose_outputs(source, flat, outputs, known_outputs)
    given = boundary.choose_inputs(source, flat, inputs, known_inputs)
    roots = [normalize_ref(tensor.tensor) for tensor in chosen]
    keep = {node_of(normalize_ref(tensor.tensor)) for tensor in given}
    added, silent = apply_defaults(flat, roots, keep=keep, use_default=use_default, ignore_default=ignore_default)
    given += boundary.placeholder_inputs(flat, added)
    notices = [*source.notices, *(f"{name!r} was given its default value" for name in silent)]
    folded = [*fold_conditionals(flat, roots, inliner, source.spans), *fold_switches(flat, roots, source.spans)]
    if folded:
        notices.append(f"{len(folded)} branches with a constant condition were decided")
    if not inputs and source.inputs is None:
        given = _guessed_inputs(flat, roots, notices)
    boundary.check_complete(flat, given, chosen, source.where)
    tables = _tables(source, flat)
    freezer = Freezer(inliner, source.variables)
    freezer.freeze(flat, roots)
    if freezer.dropped:
        notices.append(f"updates of {len(freezer.dropped)} variables were dropped: {', '.join(freezer.dropped)}")
    boundary.finish_inputs(flat, given)
    names = [node_of(normalize_ref(tensor.tensor)) for tensor in given]
    graph = build_graph(flat, names, roots, freezer.functions, source.versions)
    return TensorFlowModel(
        graph=graph,
        inputs=tuple(given),
        outputs=tuple(_settled(source, flat, tensor) for tensor in chosen),
        spans=source.spans,
        tables=tables,
        notices=tuple(notices),
        variables=len(freezer.frozen),
        kind=source.kind,
        op_outputs=source.op_outputs,
    )


def _settled(source: Source, flat: FlatGraph, tensor: GraphTensor) -> GraphTensor:
    """An output with the tensor it is after inlining, and its type if that was open."""
    ref = flat.resolve(normalize_ref(tensor.tensor))
    dtype = tensor.dtype or boundary.dtype_of(source, *flat.producer(ref))
    return GraphTensor(name=tensor.name, tensor=boundary.full_name(ref), dtype=dtype, shape=tensor.shape)


def _guessed_inputs(flat: FlatGraph, roots: Sequence[str], notices: list[str]) -> list[GraphTensor]:
    names = [node.name for node in flat.order(roots, control=False) if node.op == "Placeholder"]
    given = boundary.placeholder_inputs(flat, names)
    if given:
        notices.append(f"inputs were found in the graph: {', '.join(tensor.name for tensor in given)}")
    return given


def _inlined(source: Source, inliner: Inliner, known: Sequence[GraphTensor], named: Sequence[str]) -> FlatGraph:
    """The graph with everything inlined that outputs, names given by the user and table initializers need."""
    roots = [normalize_ref(tensor.tensor) for tensor in (*known, *(source.inputs or ()))]
    roots += [ref for ref in map(normalize_ref, named) if node_of(ref) in source.nodes]
    table_ops = {node.op for node in source.nodes.values()} & TABLE_OPS
    if table_ops:
        roots += [f"^{name}" for name in source.init_nodes]
        roots += [f"^{node.name}" for node in source.nodes.values() if node.op in FILL_OPS]
        if source.restore_op and any(op.startswith("Mutable") for op in table_ops):
            roots.append(f"^{source.restore_op}")
    return inliner.graph(source.nodes.values(), [root for root in roots if root])


def _tables(source: Source, flat: FlatGraph) -> dict[str, Table]:
    if not any(node.op in TABLE_OPS for node in flat.nodes.values()):
        return {}

    def restored(node: Message, index: int) -> Message | None:
        return restored_tensor(source.variables.bundle, flat.nodes, node, index, source.spans)

    return read_tables(flat, source.spans, source.assets, restored)
