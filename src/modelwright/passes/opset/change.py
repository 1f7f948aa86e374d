"""``change_opset``: one model, another opset, the same values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import onnx_ir as ir

from modelwright.errors import UnsupportedError
from modelwright.hub.model_types import complete_types
from modelwright.hub.opset import ir_version_for
from modelwright.hub.opset_schemas import type_since, type_text
from modelwright.passes.opset.functions import inline_what_changes
from modelwright.passes.opset.walk import Unsaid, Walk

_NAMES: Final = 20
"""Names of nodes shown with one reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpsetChange:
    """What a change of opset did.

    Attributes:
        before: The opset that the model had.
        after: The one it has now.
        decomposed: Operator to the number of its nodes that other operators stand for now, the most frequent first.
        reformed: The same for nodes that only took another form: an input that was an attribute, casts around it.
        inlined: Names of the model's own functions that were inlined because something in them changes.
    """

    before: int
    after: int
    decomposed: dict[str, int] = field(default_factory=dict[str, int])
    reformed: dict[str, int] = field(default_factory=dict[str, int])
    inlined: tuple[str, ...] = ()

    @property
    def phrases(self) -> tuple[str, ...]:
        """What was done, for the report."""
        first = f"opset {self.before} -> {self.after}"
        if self.before == self.after:
            return (f"opset {self.after} already",)
        if not self.decomposed and not self.reformed:
            return (f"{first}: every node means the same there",)
        parts = [first]
        for what, counts in (("decomposed", self.decomposed), ("in another form", self.reformed)):
            if counts:
                parts.append(f"{what}: {', '.join(f'{name} {count}' for name, count in counts.items())}")
        return (*parts, *((f"inlined: {', '.join(self.inlined)}",) if self.inlined else ()))


def change_opset(model: ir.Model, target: int) -> OpsetChange:
    """Brings a model to another opset of the default domain, in place; it computes the same.

    Args:
        model: The model; names of inputs, outputs, nodes and values stay. Unchanged when the opset is the same.
        target: The opset wanted.

    Returns:
        What was done.

    Raises:
        UnsupportedError: Some nodes cannot be said at that opset; all of them are listed, and the model is spoiled.
    """
    present = model.graph.opset_imports.get("", 0)
    if present == target:
        return OpsetChange(before=present, after=target)
    inlined = inline_what_changes(model, present, target)
    complete_types(model)
    walked = Walk(model.graph, present, target).run(present)
    unsaid = [*_unsaid_types(model.graph, target), *walked.unsaid]
    if unsaid:
        raise _refusal(unsaid, present, target)
    _drop_unused(walked.touched)
    _note_version(model, target)
    return OpsetChange(
        before=present,
        after=target,
        decomposed=_ranked(walked.decomposed),
        reformed=_ranked(walked.reformed),
        inlined=inlined,
    )


def _ranked(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _unsaid_types(graph: ir.Graph, target: int) -> list[Unsaid]:
    """Inputs and outputs of a type that no operator takes at ``target``."""
    found: list[Unsaid] = []
    for kind, values in (("input", graph.inputs), ("output", graph.outputs)):
        for value in values:
            since = type_since(type_text(value.type)) if value.type is not None else 1
            if value.type is not None and since > target:
                reason = f"{type_text(value.type)} exists since opset {since}"
                found.append(Unsaid(op_type=kind, node=value.name or "", reason=reason, hint="", since=since))
    return found


def _refusal(unsaid: list[Unsaid], present: int, target: int) -> UnsupportedError:
    count = len(unsaid)
    what = "1 thing has" if count == 1 else f"{count} things have"
    known = [item.since for item in unsaid if item.since is not None]
    if len(known) == count and target < max(known) <= present:
        hint = f"choose --opset {max(known)}, the lowest that has all of them"
    else:
        hint = f"keep opset {present}, or change these nodes in the model"
    return UnsupportedError(
        f"opset {present} -> {target}: {what} no counterpart",
        hint=hint,
        node=unsaid[0].node,
        items=list(_by_reason(unsaid)),
    )


def _by_reason(unsaid: list[Unsaid]) -> Iterator[str]:
    """A line for each operator and reason, with the names of its nodes."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for item in unsaid:
        groups.setdefault((item.op_type, item.reason, item.hint), []).append(repr(item.node))
    for (op_type, reason, hint), names in groups.items():
        count = f" ({len(names)} nodes)" if len(names) > 1 else ""
        more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
        text = f"{op_type}{count} {', '.join(names[:_NAMES])}{more}: {reason}"
        yield f"{text}; {hint}" if hint else text


def _drop_unused(touched: Iterable[ir.Value]) -> None:
    """Removes constants that only replaced nodes used, and the nodes that made nothing but them."""
    for value in touched:
        if value.uses() or value.is_graph_output() or value.is_graph_input() or value.name is None:
            continue
        producer = value.producer()
        home = producer.graph if producer is not None else value.graph
        if producer is not None and producer.op_type == "Constant" and home is not None:
            home.remove(producer, safe=True)
        elif isinstance(home, ir.Graph) and value.name in home.initializers:
            del home.initializers[value.name]


def _note_version(model: ir.Model, target: int) -> None:
    for graph in model.graphs():
        if "" in graph.opset_imports or graph is model.graph:
            graph.opset_imports[""] = target
    for function in model.functions.values():
        if "" in function.opset_imports:
            function.opset_imports[""] = target
    model.ir_version = ir_version_for(dict(model.opset_imports))
