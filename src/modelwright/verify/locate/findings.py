"""What a search for the first divergence found, as data."""

from __future__ import annotations

import math
from dataclasses import dataclass

from modelwright.diagnostics import OutputComparison, Status
from modelwright.verify.diff.findings import NodeChange, WeightChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How far a tensor of the model is from the one of the source.

    Attributes:
        max_abs: Largest absolute difference.
        max_rel: ``max_abs`` divided by the largest finite absolute value in the source; infinite for unlike shapes and
            for integers, booleans and texts that are not equal.
        unequal: Elements that are not equal.
        size: Number of elements.
        cosine: Cosine similarity, or None.
        shape_source: Shape in the source.
        shape_model: Shape in the model.
        perm: ``model = source.transpose(perm)``, or None.
    """

    max_abs: float
    max_rel: float
    unequal: int
    size: int
    cosine: float | None
    shape_source: tuple[int, ...]
    shape_model: tuple[int, ...]
    perm: tuple[int, ...] | None = None

    @property
    def comparable(self) -> bool:
        """Whether the shapes fit each other."""
        return self.size > 0 or math.isfinite(self.max_rel)


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorFinding:
    """A tensor of both models.

    Attributes:
        source: Its name in the source.
        model: Its name in the model.
        layer: The source's layer that makes it; empty for inputs.
        op_type: Its operator; empty for inputs.
        matched_by: ``name``, ``structure`` or ``values``; ``input`` for inputs.
        measure: How far apart the two are.
    """

    source: str
    model: str
    layer: str
    op_type: str = ""
    matched_by: str
    measure: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """Where the two models part.

    Attributes:
        layer: The layer, in the source's names.
        op_type: Its operator.
        tensor: The first tensor that differs.
        inputs: The tensors it is computed from; these agree.
        source_nodes: Nodes of the source between the inputs and the tensor, the last one ``layer``.
        model_nodes: Nodes of the model there.
        own_error: Relative error of the tensor when the model's nodes get the source's inputs; None if not needed, for
            the inputs are equal to the last bit.
        certain: Whether the error arises there, and does not come from the inputs' rounding errors.
        nodes: What differs in these nodes: attributes, connections, operators.
        weights: What differs in the weights they use.
    """

    layer: str
    op_type: str
    tensor: TensorFinding
    inputs: tuple[TensorFinding, ...]
    source_nodes: tuple[str, ...]
    model_nodes: tuple[str, ...]
    own_error: float | None
    certain: bool
    nodes: tuple[NodeChange, ...] = ()
    weights: tuple[WeightChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What the search took.

    Attributes:
        tensors: Tensors that could be held against each other.
        matched_by: How many of them were matched by name, structure and values.
        runs_source: Runs of the source.
        runs_model: Runs of the model.
        replays: Runs of a few nodes of the model on the source's tensors.
        most_bytes: Largest number of bytes of tensors looked at in one run of one model.
    """

    tensors: int
    matched_by: dict[str, int]
    runs_source: int
    runs_model: int
    replays: int
    most_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Localisation:
    """Whether a model computes what its source computes, and if not, from where on.

    Attributes:
        status: ``VERIFIED``, ``FAILED`` or ``UNVERIFIED``.
        model: Path of the model.
        source: Path of the source.
        method: What ran the source on which inputs.
        runner: What ran the model.
        outputs: One comparison for each output.
        divergence: Where they part, if they do and it was found.
        reason: Why it is not verified.
        remarks: What else is worth knowing.
        search: What the search took.
        rtol: Relative tolerance of the outputs.
        atol: Absolute tolerance.
        layers: All tensors that both have, in the model's order, where that was asked for.
        left_out: How many are not among them, because they differ although all that is computed from them agrees.
    """

    status: Status
    model: str
    source: str
    method: str
    runner: str
    outputs: tuple[OutputComparison, ...]
    divergence: Divergence | None
    reason: str
    remarks: tuple[str, ...]
    search: Search
    rtol: float
    atol: float
    layers: tuple[TensorFinding, ...] = ()
    left_out: int = 0
