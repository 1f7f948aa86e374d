"""Several models that run one after the other, seen as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from modelwright.formats import TensorSpec
from modelwright.verify.runners.runner import Runner, Timed


class ChainRunner:
    """Models in the order they run; each takes what it needs, by name, of the inputs and of what ran before.

    Attributes:
        label: The runtime of the first.
        inputs: What no model of the chain makes.
        outputs: What was asked for.
    """

    def __init__(self, runners: Sequence[Runner], outputs: Sequence[str]) -> None:
        """Takes loaded models.

        Args:
            runners: The models.
            outputs: Names of the outputs of the whole, in order; each is an output of one of the models.
        """
        self._runners = tuple(runners)
        self.label = runners[0].label
        made = {spec.name: spec for runner in runners for spec in runner.outputs}
        wanted = {spec.name: spec for runner in runners for spec in runner.inputs if spec.name not in made}
        self.inputs: tuple[TensorSpec, ...] = tuple(wanted.values())
        self.outputs: tuple[TensorSpec, ...] = tuple(made[name] for name in outputs)

    def timed(self, arrays: Mapping[str, np.ndarray]) -> Timed:
        """Outputs of the whole, and the time of all together."""
        known = dict(arrays)
        times: list[float | None] = []
        for runner in self._runners:
            found = runner.timed({spec.name: known[spec.name] for spec in runner.inputs})
            known |= found.outputs
            times.append(found.milliseconds)
        total = None if None in times else sum(time for time in times if time is not None)
        return Timed(outputs={spec.name: known[spec.name] for spec in self.outputs}, milliseconds=total)
