"""Which opsets a target reads."""

from __future__ import annotations

from collections.abc import Iterator

from modelwright.targets.causes import Cause, Code
from modelwright.targets.facts import ModelFacts
from modelwright.targets.remedies import pin_opset
from modelwright.targets.rule import model_rule


@model_rule("opset-range")
def opset_range(facts: ModelFacts, *, lowest: int = 1, highest: int | None = None) -> Iterator[Cause]:
    """The opset of the default domain lies between ``lowest`` and ``highest``."""
    if lowest <= facts.opset and (highest is None or facts.opset <= highest):
        return
    wanted = lowest if facts.opset < lowest or highest is None else highest
    span = f"{lowest} to {highest}" if highest is not None else f"{lowest} and newer"
    yield Cause(
        code=Code.OPSET,
        message=f"the model has opset {facts.opset}; the target reads {span}",
        remedy=pin_opset(facts, wanted),
    )
