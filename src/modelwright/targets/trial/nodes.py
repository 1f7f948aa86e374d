"""Trying a model: as a whole first, and when that does not succeed node by node, equal nodes once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import onnx_ir as ir

from modelwright.hub.io import save
from modelwright.hub.io_places import tensor_places
from modelwright.hub.io_tensors import byte_length
from modelwright.hub.single_node import SingleNode, UntypedInputError, isolate, write_zeros
from modelwright.targets.assumed import AssumedTypes
from modelwright.targets.causes import Code
from modelwright.targets.facts import ModelFacts, NodeFacts
from modelwright.targets.trial.batch import Batch, Job, Outcome
from modelwright.targets.trial.explain import explain, is_file_version
from modelwright.targets.trial.feeds import feeds_for, is_certain

WHOLE_LIMIT: Final = 1 << 29
"""Bytes of weights up to which a model is tried as a whole."""

_TRIVIAL = frozenset({"Constant"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """The model as a whole, for an engine.

    Attributes:
        file: A file that holds it as it is, or None when it has to be written.
        shapes: A size for each dimension of its inputs, by input.
        guessed: Whether sizes were chosen that the model leaves open.
        converted: Makes the model that a conversion to the target hands to the engine; None when it is the model.
    """

    file: Path | None
    shapes: Mapping[str, tuple[int, ...]]
    guessed: bool
    converted: Callable[[], ir.Model] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTrial:
    """What came of trying one node.

    Attributes:
        outcome: The engine's answer; None when the node could not be tried.
        certain: Whether a failed run is the node's fault.
        assumed: What was assumed about the dtypes of inputs that are not known: ``b is float32``.
        reason: Why it could not be tried.
    """

    outcome: Outcome | None
    certain: bool = True
    assumed: str = ""
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class ModelTrial:
    """What came of trying a model.

    Attributes:
        label: The engine with its version.
        whole: What it made of the whole model; None when that was not tried.
        nodes: By number of the node in network order; empty when the whole model was accepted.
        tried: How many different nodes were tried.
        converted: Whether the engine took the model only as a conversion writes it.
    """

    label: str
    whole: Outcome | None = None
    converted: bool = False
    nodes: dict[int, NodeTrial] = field(default_factory=dict[int, NodeTrial])
    tried: int = 0


def try_model(facts: ModelFacts, whole: Whole, batch: Batch) -> ModelTrial:
    """Tries a model.

    Args:
        facts: The model.
        whole: How it is tried as a whole.
        batch: The engine and its limits.

    Raises:
        ToolError: The engine's interpreter fails before the first trial.
    """
    trial = ModelTrial(label=batch.engine.name)
    if _weight_bytes(facts.model) <= WHOLE_LIMIT:
        trial.label, trial.whole = _try_whole(facts, whole, batch)
        if not trial.whole.accepted and whole.converted is not None:
            _try_converted(facts, whole, whole.converted(), batch, trial)
        if trial.whole.accepted:
            return trial
        code, reason = explain(trial.whole)
        if code is Code.OPSET and not is_file_version(trial.whole):
            untried = NodeTrial(outcome=None, reason=reason)
            trial.nodes = dict.fromkeys(range(len(facts.nodes)), untried)
            return trial
    _try_nodes(facts, batch, trial)
    return trial


def _weight_bytes(model: ir.Model) -> int:
    tensors = [place.tensor for place in tensor_places(model) if place.tensor.dtype != ir.DataType.STRING]
    return sum(byte_length(tensor.dtype, tensor.shape.numpy()) for tensor in tensors)


def _try_converted(facts: ModelFacts, whole: Whole, model: ir.Model, batch: Batch, trial: ModelTrial) -> None:
    """Tries what a conversion makes of a model that was refused."""
    path = batch.folder / "converted.onnx"
    save(model, path)
    _, outcome = _try_file(path, facts, whole, batch)
    if outcome.accepted:
        trial.whole, trial.converted = outcome, True


def _try_whole(facts: ModelFacts, whole: Whole, batch: Batch) -> tuple[str, Outcome]:
    path = whole.file
    if path is None:
        path = batch.folder / "model.onnx"
        save(facts.model, path)
    return _try_file(path, facts, whole, batch)


def _try_file(path: Path, facts: ModelFacts, whole: Whole, batch: Batch) -> tuple[str, Outcome]:
    """One file's trial; it is only loaded where an input is no tensor, for which nothing can be made up."""
    kinds = (ir.SequenceType, ir.OptionalType)
    containers = {value.name for value in facts.model.graph.inputs if isinstance(value.type, kinds)}
    feeds: list[dict[str, Any]] = [
        {"name": item.name, "dtype": item.dtype, "shape": list(whole.shapes[item.name]), "integers": 1}
        for item in facts.inputs()
        if item.name in whole.shapes and item.name not in containers
    ]
    complete = len(feeds) == len(facts.inputs())
    label, outcomes = batch.run([Job(id=0, path=path.absolute(), feeds=tuple(feeds), run=complete, single=False)])
    return label, outcomes[0]


def _try_nodes(facts: ModelFacts, batch: Batch, trial: ModelTrial) -> None:
    """Tries every node but constants; those that no engine can tell apart once."""
    numbers: dict[str, int] = {}
    jobs: list[Job] = []
    found: dict[int, tuple[int, bool, str]] = {}
    for index, node in enumerate(facts.nodes):
        if node.type in _TRIVIAL:
            continue
        types = AssumedTypes(facts)
        try:
            single = isolate(node.node, facts.model, dtype_of=types.dtype, shape_of=facts.shapes.shape)
        except UntypedInputError as error:
            trial.nodes[index] = NodeTrial(outcome=None, reason=f"what its input {error.name} is cannot be told")
            continue
        digest = hashlib.sha256(single.content).hexdigest()
        if digest not in numbers:
            numbers[digest] = len(jobs)
            jobs.append(_job(len(jobs), node, single, batch.folder))
        found[index] = (
            numbers[digest],
            is_certain(node.node.op_type, single.inputs, runs=batch.engine.runs) and not types.assumed,
            types.assumed,
        )
    trial.label, outcomes = batch.run(jobs) if jobs else (trial.label, {})
    trial.tried = len(jobs)
    for index, (number, certain, assumed) in found.items():
        trial.nodes[index] = NodeTrial(outcome=outcomes[number], certain=certain, assumed=assumed)


def _job(number: int, node: NodeFacts, single: SingleNode, folder: Path) -> Job:
    path = folder / f"node{number}.onnx"
    path.write_bytes(single.content)
    if single.zeros:
        write_zeros(folder, single.zeros)
    feeds = feeds_for(node.node.op_type, single.inputs)
    return Job(id=number, path=path, feeds=feeds or (), run=feeds is not None)
