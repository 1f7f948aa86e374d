"""What runs a model file here, whatever it is and in whichever process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from modelwright.errors import ToolError
from modelwright.formats import TensorSpec

if TYPE_CHECKING:
    import numpy as np

_QUICK_MS: Final = 10.0
_REPEATS: Final = 3


class CannotRunHere(ToolError):  # noqa: N818  a finding, not a failure
    """The model may be right, but this runtime cannot run it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """What a run gave, and how long one takes.

    Attributes:
        outputs: Outputs by name, in the model's order.
        milliseconds: The median time of a run; None if what was timed is more than a run.
    """

    outputs: dict[str, np.ndarray]
    milliseconds: float | None


class Runner(Protocol):
    """A model file that is loaded.

    Attributes:
        label: The runtime and its version.
        inputs: The model's inputs.
        outputs: The model's outputs.
    """

    label: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    def timed(self, arrays: Mapping[str, np.ndarray]) -> Timed:
        """Runs the model on all its inputs.

        Raises:
            CannotRunHere: An input or output is of a type that cannot be passed.
            ArtifactInvalid: The model fails on these inputs.
        """
        ...


def timed(run: Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]], arrays: Mapping[str, np.ndarray]) -> Timed:
    """Runs a few times when a run is quick, else once."""
    times: list[float] = []
    outputs: dict[str, np.ndarray] = {}
    while len(times) < _REPEATS and (not times or times[0] < _QUICK_MS):
        start = time.perf_counter()
        outputs = run(arrays)
        times.append((time.perf_counter() - start) * 1000)
    return Timed(outputs=outputs, milliseconds=sorted(times)[len(times) // 2])
