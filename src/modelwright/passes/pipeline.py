"""The optimizer: one list of steps, each with the reason for its place."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field

import onnx_ir as ir

from modelwright.hub.subgraphs import all_nodes
from modelwright.passes.clean import remove_unused
from modelwright.passes.constant_inputs import settle_constant_inputs
from modelwright.passes.constant_regions import fold_regions, graph_bytes
from modelwright.passes.dimensions import forget_names, name_unknown_dimensions
from modelwright.passes.finalize import finalize
from modelwright.passes.folding import fold_constants
from modelwright.passes.layout.sink import settle_layouts
from modelwright.passes.same_contents import share_contents
from modelwright.passes.sharing import share_equal
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.driver import NearMiss, Statistics, apply_rules
from modelwright.rewrites.rule import Group, rules_of


class OptimizeLevel(enum.StrEnum):
    """How far the optimizer goes.

    ``NONE``: only sorts, names and fills shapes. ``CLEAN``: removes what has no effect, folds constants. ``FULL``: also
    chooses layouts, recognizes and fuses operators.
    """

    NONE = "none"
    CLEAN = "clean"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizeChoices:
    """What the optimizer may do.

    Attributes:
        level: How far it goes.
        layouts: Whether Transposes are sunk and cancelled.
        gemm: Whether 2-D matrix products with a bias become Gemm; if not, Gemm becomes MatMul and Add.
        recognize: Whether primitive operators become the one they spell (LayerNormalization, HardSwish, Gelu).
        explain: Whether near misses are collected.
        ceiling: Newest opset whose operators may be introduced, where that is older than the model's own; None for
            the model's own.
    """

    level: OptimizeLevel = OptimizeLevel.FULL
    layouts: bool = True
    gemm: bool = True
    recognize: bool = True
    explain: bool = False
    ceiling: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizeResult:
    """What was done.

    Attributes:
        statistics: Rewrite or pass to the number of times it applied, in order of first application.
        nodes_before: Nodes of the model and its subgraphs at the start.
        nodes_after: The same at the end.
        transposes_before: Transposes at the start.
        transposes_after: Transposes at the end.
        notices: Sentences for the report.
        near_misses: Rules that did not apply and why, if asked for.
    """

    statistics: dict[str, int]
    nodes_before: int
    nodes_after: int
    transposes_before: int
    transposes_after: int
    notices: tuple[str, ...] = ()
    near_misses: tuple[NearMiss, ...] = field(default=())


_ROUNDS = 10
"""Rounds of folding and simplifying; nested conditions need one each."""


@dataclass(frozen=True, slots=True)
class _Run:
    context: RewriteContext
    choices: OptimizeChoices
    statistics: Statistics
    bytes_before: int
    dimensions: set[str] = field(default_factory=set[str])

    def name_dimensions(self) -> int:
        self.dimensions.update(name_unknown_dimensions(self.context))
        return len(self.dimensions)

    def rules(self, *groups: Group) -> int:
        wanted = [group for group in groups if self._allowed(group)]
        opset = min(self.context.opset, self.choices.ceiling or self.context.opset)
        return apply_rules(self.context, rules_of(*wanted, opset=opset), self.statistics)

    def fold(self) -> int:
        """Folds and simplifies in turn until neither finds anything: each gives the other constants and shapes."""
        total = 0
        for _ in range(_ROUNDS):
            folded = fold_constants(self.context)
            self.context.shapes.renew()
            simplified = self.rules(Group.SIMPLIFY)
            total += folded
            if not folded and not simplified:
                break
        return total

    def _allowed(self, group: Group) -> bool:
        choices = self.choices
        refused = {Group.RECOGNIZE: not choices.recognize, Group.GEMM: not choices.gemm, Group.MATMUL: choices.gemm}
        return not refused.get(group, False)


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    reason: str
    level: OptimizeLevel
    work: Callable[[_Run], int]
    counts: bool = True


STEPS = (
    _Step(
        "unused at the start",
        "first: what nothing needs must neither be worked on nor count as a user",
        OptimizeLevel.CLEAN,
        lambda run: remove_unused(run.context),
    ),
    _Step(
        "dimension names",
        "before all rules: a name lets them see that an unknown dimension is only copied",
        OptimizeLevel.CLEAN,
        lambda run: run.name_dimensions(),
        counts=False,
    ),
    _Step(
        "no effect",
        "early, so that patterns are not interrupted by operators that do nothing",
        OptimizeLevel.CLEAN,
        lambda run: run.rules(Group.SIMPLIFY),
        counts=False,
    ),
    _Step(
        "constant folding",
        "makes weights of what frameworks compute from weights, and one branch of an If; rules look for initializers",
        OptimizeLevel.CLEAN,
        lambda run: run.fold(),
    ),
    _Step(
        "common subexpressions",
        "frameworks repeat shape computations and transposes; fewer nodes for all that follows",
        OptimizeLevel.CLEAN,
        lambda run: share_equal(run.context),
    ),
    _Step(
        "equal sizes",
        "after common subexpressions: finds those that are computed in different ways",
        OptimizeLevel.CLEAN,
        lambda run: share_contents(run.context),
    ),
    _Step(
        "recognition",
        "before layouts: LayerNormalization must keep its axis last, which its parts would not tell",
        OptimizeLevel.FULL,
        lambda run: run.rules(Group.SIMPLIFY, Group.RECOGNIZE),
        counts=False,
    ),
    _Step(
        "layouts",
        "before fusions: Transposes stand between convolutions and what can be folded into them",
        OptimizeLevel.FULL,
        lambda run: settle_layouts(run.context) if run.choices.layouts else 0,
    ),
    _Step(
        "fusions",
        "neighbours are neighbours now",
        OptimizeLevel.FULL,
        lambda run: run.rules(Group.SIMPLIFY, Group.RECOGNIZE, Group.FUSE, Group.GEMM, Group.MATMUL),
        counts=False,
    ),
    _Step(
        "normalizations",
        "after fusions: what a convolution took is gone, the rest is worth one operator",
        OptimizeLevel.FULL,
        lambda run: run.rules(Group.SIMPLIFY, Group.NORMALIZE),
        counts=False,
    ),
    _Step(
        "constant folding of results",
        "the layout pass and the fusions left small computations on constants",
        OptimizeLevel.CLEAN,
        lambda run: run.fold(),
    ),
    _Step(
        "constant regions",
        "after all folding node by node: what that removed pays for what this adds",
        OptimizeLevel.CLEAN,
        lambda run: fold_regions(run.context, run.bytes_before - graph_bytes(run.context.root)),
    ),
    _Step(
        "equal nodes and weights",
        "the rewrites may have made the same node twice",
        OptimizeLevel.CLEAN,
        lambda run: share_equal(run.context),
    ),
    _Step(
        "unused",
        "last, because every step leaves nodes and weights that nothing needs",
        OptimizeLevel.CLEAN,
        lambda run: remove_unused(run.context),
    ),
)
"""The order of work; a step runs if the level asked for reaches its own."""

_REACH = {OptimizeLevel.NONE: 0, OptimizeLevel.CLEAN: 1, OptimizeLevel.FULL: 2}


def optimize(model: ir.Model, *, opset: int, choices: OptimizeChoices | None = None) -> OptimizeResult:
    """Optimizes a model in place; it computes the same up to rounding.

    Args:
        model: The model; its inputs and outputs keep names, dtypes and shapes. Weights that IR version 3 lists among
            the inputs become constants.
        opset: Version of the default domain that it is written in.
        choices: What may be done; everything by default.

    Returns:
        What was done.
    """
    choices = choices or OptimizeChoices()
    constants = settle_constant_inputs(model) if choices.level is not OptimizeLevel.NONE else 0
    run = _Run(
        RewriteContext(model.graph, opset), choices, Statistics(explain=choices.explain), graph_bytes(model.graph)
    )
    nodes_before, transposes_before = _count(model.graph)
    for step in STEPS:
        if _REACH[step.level] > _REACH[choices.level]:
            continue
        done = step.work(run)
        if step.counts:
            run.statistics.count(step.name, done)
    finalize(model, run.context)
    forget_names(model.graph, frozenset(run.dimensions))
    nodes_after, transposes_after = _count(model.graph)
    notices: list[str] = []
    if constants:
        notices.append(f"{constants} weights listed among the inputs (IR version 3) became constants")
    if transposes_before:
        notices.append(f"{transposes_before} Transposes became {transposes_after}")
    return OptimizeResult(
        statistics=dict(run.statistics.applied),
        nodes_before=nodes_before,
        nodes_after=nodes_after,
        transposes_before=transposes_before,
        transposes_after=transposes_after,
        notices=tuple(notices),
        near_misses=tuple(run.statistics.near_misses),
    )


def _count(graph: ir.Graph) -> tuple[int, int]:
    nodes = transposes = 0
    for node in all_nodes(graph):
        nodes += 1
        transposes += node.op_type == "Transpose"
    return nodes, transposes
