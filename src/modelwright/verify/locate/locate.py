"""Whether a model computes what its source does, and if not, which layer is the first that does not."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.errors import ArtifactInvalid
from modelwright.verify.diff.findings import Change
from modelwright.verify.diff.matching import GraphMatch
from modelwright.verify.locate.explain import explain
from modelwright.verify.locate.findings import Divergence, Measure, TensorFinding
from modelwright.verify.locate.measure import measure
from modelwright.verify.locate.pairs import TensorPair
from modelwright.verify.locate.probe import Digest, OnnxProbe, Probe
from modelwright.verify.locate.search import FINEST, LOOSEST, Tracker
from modelwright.verify.locate.tracing import layer_label, nodes_between, reduce_graph
from modelwright.verify.runners.onnxruntime import CannotRunHere

BUDGET: Final = 64 << 20
"""Bytes of tensors that are looked at in one run of one model."""

_ARISES: Final = 0.3
"""Part of an error that a layer must make by itself to be the one where it arises."""

_COARSE: Final = 0.1
"""Largest relative error with which a search begins."""

_FAINTEST: Final = 1e-7
"""Relative error below which float32 tensors are equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A model and its source, ready to be looked at.

    Attributes:
        source: The source.
        model: The model.
        match: Their graphs: the source's (``a``; the model's own where there is none) and the model's (``b``).
        pairs: The tensors both have, by the model's names; the outputs are among them.
        digests: What is known of the model's tensors.
        has_graph: Whether the source's graph is known.
        budget: Bytes of tensors to look at in one run of one model.
    """

    source: Probe
    model: OnnxProbe
    match: GraphMatch
    pairs: Mapping[str, TensorPair]
    digests: Mapping[str, Digest]
    has_graph: bool = True
    budget: int = BUDGET


@dataclass(slots=True)
class Locator:
    """A search in a case.

    Attributes:
        case: The case.
        held: Tensors of the source kept to judge by, by the source's names.
        tracker: Where it stands.
    """

    case: Case
    held: Mapping[str, np.ndarray] = field(default_factory=dict[str, np.ndarray])
    tracker: Tracker = field(init=False)

    def __post_init__(self) -> None:
        """Reduces the model's graph to the shared tensors."""
        sizes = {name: pair.nbytes for name, pair in self.case.pairs.items()}
        graph = reduce_graph(self.case.match.b, self.case.pairs, sizes)
        self.tracker = Tracker(graph=graph, look=self.look, budget=self.case.budget)

    def look(self, names: Sequence[str]) -> dict[str, Measure]:
        """Measures tensors, by the model's names, in one run of each model."""
        pairs = [self.case.pairs[name] for name in names]
        theirs = self.case.source.fetch([pair.source for pair in pairs])
        mine = self.case.model.fetch([pair.model for pair in pairs])
        return {
            pair.model: measure(theirs[pair.source], mine[pair.model])
            for pair in pairs
            if pair.source in theirs and pair.model in mine
        }

    def find(self, outputs: Mapping[str, Measure], suspects: Sequence[str] = ()) -> Divergence:
        """Where the way back from the outputs that differ ends.

        Args:
            outputs: The outputs, measured, by the model's names; one of them differs at least.
            suspects: Tensors that seem to differ, to be looked at first.
        """
        tracker = self.tracker
        tracker.measures |= outputs
        worst = max(item.max_rel for item in outputs.values())
        tracker.limit = min(worst / 2, LOOSEST if self.twins else _COARSE)
        bad = [name for name in outputs if tracker.bad(name)]
        start = min(bad, key=tracker.graph.order.__getitem__)
        candidate: Divergence | None = None
        while True:
            name = tracker.first(start, suspects)
            suspects = ()
            found = self._judge(name)
            if found.certain:
                return found
            candidate = candidate or found
            further = self._further(name)
            if further is None:
                return candidate
            start, tracker.limit = further

    def _further(self, name: str) -> tuple[str, float] | None:
        """Where to go on, and with which limit, when the error of a tensor comes from what it is computed from."""
        errors = {item: self.tracker.measures[item].max_rel for item in self.tracker.behind(name)}
        worst = max(errors, key=errors.__getitem__, default=None)
        return None if worst is None or errors[worst] <= _FAINTEST else (worst, errors[worst] / 4)

    @property
    def twins(self) -> bool:
        """Whether both graphs have the same nodes and the same runtime, so that what agrees is equal to the bit.

        Otherwise rounding errors grow from layer to layer, and the search begins with errors as large as the outputs'.
        """
        match = self.case.match
        same = len(match.nodes) == len(match.a.nodes) == len(match.b.nodes)
        return same and (isinstance(self.case.source, OnnxProbe) or not self.case.has_graph)

    def _judge(self, name: str) -> Divergence:
        """Whether the error of a tensor arises in the nodes before it, and what they are."""
        tracker = self.tracker
        before = tracker.behind(name)
        found = self._describe(name, before)
        error = tracker.measures[name].max_rel
        incoming = max((tracker.measures[item].max_rel for item in before), default=0.0)
        if incoming == 0.0:
            return _with(found, certain=error > FINEST or _says_why(found), own=None)
        own = self._own_error(name, before)
        if own is None:
            return _with(found, certain=error > FINEST and error > 30 * incoming, own=None)
        arises = own >= _ARISES * error and (error > FINEST or _says_why(found))
        return _with(found, certain=arises, own=own)

    def _own_error(self, name: str, before: Sequence[str]) -> float | None:
        """The error of the tensor when the model's nodes get the source's tensors; None if that cannot be tried."""
        pairs = self.case.pairs
        if any(pairs[item].source not in self.held for item in (*before, name)):
            self._hold(name)
        theirs = self.held
        starts: dict[str, np.ndarray] = {}
        for item in before:
            if pairs[item].source not in theirs:
                return None
            starts[item] = self._as_model(item, theirs[pairs[item].source])
        try:
            mine = self.case.model.replay([name], starts)
        except (ArtifactInvalid, CannotRunHere):
            return None
        if name not in mine or pairs[name].source not in theirs:
            return None
        return measure(theirs[pairs[name].source], mine[name]).max_rel

    def _hold(self, name: str) -> None:
        """Fetches the source's tensors to judge ``name`` by, and those after it in line as far as memory allows."""
        wanted: dict[str, None] = {}
        used = 0
        following: str | None = name
        while following is not None:
            new = [item for item in (*self.tracker.behind(following), following) if item not in wanted]
            used += sum(self.case.pairs[item].nbytes for item in new)
            if wanted and used > self.case.budget:
                break
            wanted |= dict.fromkeys(new)
            further = self._further(following)
            following = None if further is None else self.tracker.foresee(*further)
        self.held = self.case.source.fetch([self.case.pairs[item].source for item in wanted])

    def _as_model(self, name: str, array: np.ndarray) -> np.ndarray:
        """A tensor of the source in the layout and dtype that the model has it in."""
        found = self.tracker.measures[name]
        turned = array.transpose(found.perm) if found.perm is not None else array.reshape(found.shape_model)
        dtype = self.case.digests[name].dtype if name in self.case.digests else array.dtype.name
        return np.asarray(turned if dtype == "string" else turned.astype(dtype), order="C")

    def _describe(self, name: str, before: Sequence[str]) -> Divergence:
        case, pairs = self.case, self.case.pairs
        theirs, mine = _values(case.match)
        ends = {theirs[pairs[item].source] for item in before if pairs[item].source in theirs}
        end = theirs.get(pairs[name].source) if case.has_graph else None
        source_nodes = nodes_between(end, ends) if end is not None else []
        model_nodes = nodes_between(mine[name], {mine[item] for item in before})
        last = source_nodes[-1] if source_nodes else model_nodes[-1] if model_nodes else None
        nodes, weights = explain(case.match, source_nodes, model_nodes) if case.has_graph else ((), ())
        return Divergence(
            layer=layer_label(last),
            op_type=last.op_type if last is not None else "",
            tensor=self.finding(name),
            inputs=tuple(self.finding(item) for item in before),
            source_nodes=tuple(dict.fromkeys(layer_label(node) for node in source_nodes)),
            model_nodes=tuple(layer_label(node) for node in model_nodes),
            own_error=None,
            certain=False,
            nodes=nodes,
            weights=weights,
        )

    def finding(self, name: str) -> TensorFinding:
        """A tensor that was measured, by the model's name, as part of a result."""
        pair = self.case.pairs[name]
        theirs, mine = _values(self.case.match)
        value = theirs.get(pair.source) if self.case.has_graph else mine.get(name)
        node = value.producer() if value is not None else None
        return TensorFinding(
            source=pair.source,
            model=pair.model,
            layer=layer_label(node),
            op_type=node.op_type if node is not None else "",
            matched_by=pair.matched_by,
            measure=self.tracker.measures[name],
        )


def _values(match: GraphMatch) -> tuple[dict[str, ir.Value], dict[str, ir.Value]]:
    """The values that nodes make, by name, of source and model."""
    sides = (match.a, match.b)
    found = [{value.name: value for node in side.nodes for value in node.outputs if value.name} for side in sides]
    return found[0], found[1]


def _with(found: Divergence, *, certain: bool, own: float | None) -> Divergence:
    return dataclasses.replace(found, certain=certain, own_error=own)


def _says_why(found: Divergence) -> bool:
    """Whether the files say what is wrong: the same nodes on both sides, with other attributes or weights."""
    same_nodes = all(node.change is Change.CHANGED for node in found.nodes)
    return same_nodes and bool(found.nodes or found.weights)


def suspicious(pairs: Mapping[str, TensorPair], source: Mapping[str, Digest], model: Mapping[str, Digest]) -> list[str]:
    """Tensors, by the model's names, whose digests say that they differ for good, first ones first."""
    found: list[str] = []
    for name, pair in pairs.items():
        a, b = source.get(pair.source), model.get(name)
        if a is not None and b is not None and _apart(a, b):
            found.append(name)
    return found


def _apart(a: Digest, b: Digest) -> bool:
    if math.prod(a.shape) != math.prod(b.shape):
        return True
    if math.isnan(a.norm) or math.isnan(b.norm) or not math.isfinite(a.norm + b.norm):
        return False
    spread = max(a.norm, b.norm) / math.sqrt(max(a.size, 1))
    return abs(a.norm - b.norm) > 1e-4 * max(a.norm, b.norm) or abs(a.mean - b.mean) > 1e-4 * spread
