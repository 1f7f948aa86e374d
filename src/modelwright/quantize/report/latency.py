"""How long a run of the float and of the quantized model takes, measured in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping

import numpy as np

from modelwright.quantize.report.alone import FLOAT_PREFIX
from modelwright.quantize.report.compare import BothModels
from modelwright.quantize.report.found import Before

_RUNS = 5
_FEWEST = 3
_SECONDS = 0.5


def latency(both: BothModels, batch: Mapping[str, np.ndarray]) -> Before:
    """Median milliseconds of one run, the models in turns so that both see the same load of the machine.

    Args:
        both: The models.
        batch: Inputs.
    """
    names = [f"{FLOAT_PREFIX}{name}" for name in both.outputs]
    runners = [both.beside.runner(names, alone=True), both.whole.runner(both.outputs, alone=True)]
    times: list[list[float]] = [[], []]
    for runner in runners:
        runner.run(batch)
    end = time.perf_counter() + _SECONDS
    while len(times[0]) < _FEWEST or (len(times[0]) < _RUNS and time.perf_counter() < end):
        for runner, seen in zip(runners, times, strict=True):
            start = time.perf_counter()
            runner.run(batch)
            seen.append(1000 * (time.perf_counter() - start))
    return Before(before=statistics.median(times[0]), after=statistics.median(times[1]))
