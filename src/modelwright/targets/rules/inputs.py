"""What the inputs and outputs of a model may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import onnx_ir as ir

from modelwright.formats import format_shape
from modelwright.targets.causes import Cause, Code
from modelwright.targets.facts import ModelFacts
from modelwright.targets.remedies import make_static
from modelwright.targets.rule import model_rule


@model_rule("static-inputs")
def static_inputs(facts: ModelFacts, *, severity: str = "error", advice: str = "") -> Iterator[Cause]:
    """No input has an open dimension.

    Args:
        facts: The model.
        severity: ``error``, or ``warning`` where the target takes open sizes in some way.
        advice: What the target offers for open sizes.
    """
    found = [item for item in facts.inputs() if item.shape is None or not all(isinstance(d, int) for d in item.shape)]
    if not found:
        return
    remedy = make_static(facts, [(item.name, item.shape or ()) for item in found])
    named = ", ".join(f"{item.name}{format_shape(item.shape)}" for item in found)
    yield Cause(
        code=Code.DYNAMIC_SHAPE if severity == "error" else Code.CONVERTED,
        message=f"open sizes in {'inputs' if len(found) > 1 else 'input'} {named}",
        remedy=f"{remedy}; or {advice}" if advice else remedy,
    )


@model_rule("only-tensors")
def only_tensors(facts: ModelFacts) -> Iterator[Cause]:
    """Inputs and outputs are tensors, not sequences of them or optional values."""
    graph = facts.model.graph
    ends = [("input", value) for value in graph.inputs] + [("output", value) for value in graph.outputs]
    for kind, value in ends:
        if value.type is not None and not isinstance(value.type, ir.TensorType):
            yield Cause(
                code=Code.DTYPE,
                message=f"{kind} {value.name} is of type {value.type}; the target takes tensors only",
                remedy="cut the model: --inputs, --outputs",
            )


@model_rule("input-dtypes")
def input_dtypes(facts: ModelFacts, *, dtypes: dict[str, Sequence[str]]) -> Iterator[Cause]:
    """Inputs are of the dtypes listed for the source's family, or under ``other`` for families not listed."""
    allowed = dtypes.get(facts.source) or dtypes.get("other")
    if allowed is None:
        return
    for item in facts.inputs():
        if item.dtype not in allowed:
            yield Cause(
                code=Code.DTYPE,
                message=f"input {item.name} is {item.dtype}; the target takes {', '.join(allowed)}",
                remedy=f"begin behind the first Cast, or export the model with an input of {allowed[0]}",
            )


@model_rule("input-rank")
def input_rank(facts: ModelFacts, *, highest: int) -> Iterator[Cause]:
    """No input has more than ``highest`` dimensions."""
    for item in facts.inputs():
        if item.shape is not None and len(item.shape) > highest:
            yield Cause(
                code=Code.SHAPE,
                message=f"input {item.name}{format_shape(item.shape)} has {len(item.shape)} dimensions; "
                f"the target takes at most {highest}",
                remedy="fold dimensions into one before the model, or begin behind the layer that reshapes it",
            )
