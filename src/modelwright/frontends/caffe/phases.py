"""Which layers are part of a net: Caffe's rules of phase, level and stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelwright.frontends.caffe.network import Layer, Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a net is set up for; None leaves it to the net.

    Attributes:
        phase: ``TEST`` or ``TRAIN``.
        level: Its level.
        stages: Its stages.
    """

    phase: str | None = None
    level: int | None = None
    stages: tuple[str, ...] | None = None

    def over(self, own: Mapping[str, Any]) -> State:
        """This state, filled up with what the net says of itself, then with TEST, 0 and no stage."""
        return State(
            phase=self.phase or own.get("phase", "TEST"),
            level=self.level if self.level is not None else own.get("level", 0),
            stages=self.stages if self.stages is not None else tuple(own.get("stage", ())),
        )


def is_included(layer: Layer, state: State) -> bool:
    """Whether a layer is part of the net: no rule excludes it, and one includes it if any is given."""
    if layer.include:
        return any(_holds(rule, state) for rule in layer.include)
    return not any(_holds(rule, state) for rule in layer.exclude)


def _holds(rule: Parameters, state: State) -> bool:
    level, stages = state.level or 0, state.stages or ()
    return (
        rule.get("phase", state.phase) == state.phase
        and rule.get("min_level", level) <= level <= rule.get("max_level", level)
        and all(stage in stages for stage in rule.get("stage", ()))
        and not any(stage in stages for stage in rule.get("not_stage", ()))
    )
