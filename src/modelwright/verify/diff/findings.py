"""What a comparison of two models found, as data."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from modelwright.diagnostics import ModelSummary, OutputComparison


class Change(enum.StrEnum):
    """What happened to a node, a weight or a property on the way from the first model to the second."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"


class Part(enum.StrEnum):
    """The parts of a comparison that can be asked for."""

    GRAPH = "graph"
    WEIGHTS = "weights"
    NUMERICS = "numerics"


class Aspect(enum.StrEnum):
    """What can be left out of the verdict: ``--ignore``."""

    NAMES = "names"
    METADATA = "metadata"
    OPSET = "opset"
    SHAPES = "shapes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One property with its two values as text; a value that is not there is the empty text."""

    what: str
    a: str
    b: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeChange:
    """A node that is not the same in both models.

    Attributes:
        change: What happened to it.
        op_type: Its operator, with the domain if it is not the default one.
        a: Its name in the first model; of a node without a name that of its first output. Empty if it is added.
        b: Its name in the second model, likewise; empty if it is removed.
        inside: Where it is, when not in the main graph: ``if_node/then_branch``.
        details: What changed, for changed nodes.
    """

    change: Change
    op_type: str
    a: str
    b: str
    inside: str = ""
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyChange:
    """A difference that belongs to no node: an input, an output, an opset, a piece of metadata.

    Attributes:
        aspect: What kind it is; None for inputs, outputs and functions, which always count.
        what: The property: ``input x``, ``opset ai.onnx``.
        a: Its value in the first model; empty if it is not there.
        b: Its value in the second.
    """

    aspect: Aspect | None
    what: str
    a: str
    b: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphDiff:
    """How the graphs differ.

    Attributes:
        nodes: Nodes added, removed, changed, renamed, in the order of the graphs.
        properties: Differences besides nodes.
        matched: Number of nodes that have a counterpart.
        operators: Operators whose number of nodes differs: number in the first model and in the second.
    """

    nodes: tuple[NodeChange, ...]
    properties: tuple[PropertyChange, ...]
    matched: int
    operators: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightChange:
    """A weight that is not the same in both models.

    Attributes:
        change: Added, removed or changed; renamed if only the name differs.
        a: Name in the first model; empty if added.
        b: Name in the second; empty if removed.
        type_a: dtype and shape in the first model.
        type_b: dtype and shape in the second.
        perm: ``b = a.transpose(perm)``, apart from the errors; None when the layouts are the same or unlike.
        max_abs: Largest absolute difference; None where the elements cannot be held against each other.
        max_rel: ``max_abs`` divided by the largest absolute value of the first.
        cosine: Cosine similarity.
        unequal: Number of elements that are not equal.
        within: Whether all elements are within the tolerance asked for.
        used_by: The node that uses it, in the first model, else in the second.
    """

    change: Change
    a: str
    b: str
    type_a: str = ""
    type_b: str = ""
    perm: tuple[int, ...] | None = None
    max_abs: float | None = None
    max_rel: float | None = None
    cosine: float | None = None
    unequal: int | None = None
    within: bool = False
    used_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsDiff:
    """How the weights differ.

    Attributes:
        changes: The weights that differ.
        equal: Number of weights that are equal, element by element.
    """

    changes: tuple[WeightChange, ...]
    equal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericsDiff:
    """How the outputs differ on the same inputs.

    Attributes:
        method: What the inputs were: ``random inputs (seed 0)``.
        runner: What ran both models.
        outputs: One comparison an output, named after the second model's.
        renamed: Outputs of the second model that have another name in the first.
        transposed: Outputs of the second model that are transposed: ``b = a.transpose(perm)``.
        unmatched: Outputs that only one model has.
        reason: Why the models could not be run or compared; empty when they were.
    """

    method: str = ""
    runner: str = ""
    outputs: tuple[OutputComparison, ...] = ()
    renamed: dict[str, str] = field(default_factory=dict[str, str])
    transposed: dict[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    unmatched: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDiff:
    """Two models held against each other.

    Attributes:
        a: Path of the first model.
        b: Path of the second.
        same: Whether nothing differs that was looked at and not ignored.
        summary_a: What the first model holds.
        summary_b: What the second holds.
        graph: The graphs, unless left out.
        weights: The weights, unless left out.
        numerics: The outputs, unless left out.
        rtol: Relative tolerance of the numerics, and of the weights where it was given.
        atol: Absolute tolerance, likewise.
        ignored: What was left out of the verdict.
        differs: What makes the models differ, a phrase each.
    """

    a: str
    b: str
    same: bool
    summary_a: ModelSummary
    summary_b: ModelSummary
    graph: GraphDiff | None
    weights: WeightsDiff | None
    numerics: NumericsDiff | None
    rtol: float
    atol: float
    ignored: tuple[Aspect, ...] = ()
    differs: tuple[str, ...] = ()
