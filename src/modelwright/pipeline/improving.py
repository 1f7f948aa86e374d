"""Between import and export: optimizes the model and brings it to the opset asked for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from modelwright.pipeline.plan import optimizes
from modelwright.pipeline.recipe import Recipe, target_of

if TYPE_CHECKING:
    import onnx_ir as ir

    from modelwright.passes.pipeline import OptimizeResult

Step = Callable[[str], AbstractContextManager[list[str]]]
"""Begins a step of that name and gives the list that takes phrases on what it did."""


def check_wanted_opset(recipe: Recipe) -> None:
    """Refuses an opset that no model can be brought to.

    Raises:
        UsageError: It is out of range.
    """
    from modelwright.hub.opset import check_target

    if recipe.output.opset is not None:
        check_target(recipe.output.opset)


def improve(recipe: Recipe, model: ir.Model, step: Step) -> None:
    """Optimizes, in the newer of the model's opset and the one asked for, and brings the model to the latter.

    Args:
        recipe: What is asked for.
        model: Changed in place.
        step: Begins a step.

    Raises:
        UnsupportedError: Some nodes cannot be said at that opset.
    """
    wanted = recipe.output.opset
    if optimizes(recipe):
        _change_opset(model, working_opset(wanted, model), step)
        _optimize(model, _ceiling(recipe), step)
    _change_opset(model, wanted, step)


def working_opset(wanted: int | None, model: ir.Model) -> int | None:
    """The opset to optimize in when another one is wanted; None to leave the model's.

    A newer opset has more operators to recognize; rewrites do not know the forms that operators had below 13.
    """
    from modelwright.hub.opset import OLDEST_OPSET

    return None if wanted is None else max(_opset(model), wanted, OLDEST_OPSET)


def _opset(model: ir.Model) -> int:
    return model.graph.opset_imports.get("", 0)


def _ceiling(recipe: Recipe) -> int | None:
    """The newest opset whose operators may be brought in: the one wanted, or the target's limit."""
    limits = [recipe.output.opset, target_of(recipe).introduces]
    return min((limit for limit in limits if limit is not None), default=None)


def _optimize(model: ir.Model, ceiling: int | None, step: Step) -> None:
    from modelwright.passes.pipeline import OptimizeChoices, optimize

    with step("optimize") as done:
        result = optimize(model, opset=_opset(model), choices=OptimizeChoices(ceiling=ceiling))
        done.extend(optimizer_phrases(result))


def _change_opset(model: ir.Model, wanted: int | None, step: Step) -> None:
    if wanted is None or wanted == _opset(model):
        return
    from modelwright.passes.opset.change import change_opset

    with step("opset") as done:
        done.extend(change_opset(model, wanted).phrases)


def optimizer_phrases(result: OptimizeResult) -> list[str]:
    """What the optimizer did, in phrases: nodes, Transposes, then each rewrite with how often it applied."""
    phrases = [
        f"{result.nodes_before} nodes became {result.nodes_after}",
        f"{result.transposes_before} Transposes became {result.transposes_after}",
    ]
    applied = sorted(result.statistics.items(), key=lambda item: -item[1])
    return phrases + [f"{name} {count}" for name, count in applied if count and name != "unused"]
