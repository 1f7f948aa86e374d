"""What the doctor asks of whatever runs a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from modelwright.quantize.session import ModelRuns

Run = Callable[[Mapping[str, np.ndarray]], Mapping[str, np.ndarray]]
"""Runs a model once: inputs by name in, the tensors asked for by name out."""

Open = Callable[[Sequence[str]], Run]
"""Opens a model such that it gives the named tensors, its outputs or any in between."""


def opener(runs: ModelRuns, *, alone: bool = True) -> Open:
    """Opens a model that lies on disk.

    Args:
        runs: The model.
        alone: Whether a run has all cores; few runs cost less on few.
    """

    def open_(names: Sequence[str]) -> Run:
        runner = runs.runner(names, alone=alone)
        return lambda feeds: runner.run(feeds)[0]

    return open_
