"""How long a run of the float and of the quantized model takes, measured in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping

import numpy as np
import onnx_ir as ir

from modelwright.quantize.report.found import Before
from modelwright.quantize.session import ModelRuns, Runner

_RUNS = 15
_SECONDS = 1.5


def latency(floating: ir.Model, quantized: ir.Model, batch: Mapping[str, np.ndarray]) -> Before:
    """Median milliseconds of one run, the models in turns so that both see the same load of the machine.

    Args:
        floating: The float model.
        quantized: The quantized model.
        batch: Inputs.
    """
    with ModelRuns(floating) as first, ModelRuns(quantized) as second:
        runners = [_runner(first, floating), _runner(second, quantized)]
        times: list[list[float]] = [[], []]
        for runner in runners:
            runner.run(batch)
        end = time.perf_counter() + _SECONDS
        while len(times[0]) < 3 or (len(times[0]) < _RUNS and time.perf_counter() < end):
            for runner, seen in zip(runners, times, strict=True):
                start = time.perf_counter()
                runner.run(batch)
                seen.append(1000 * (time.perf_counter() - start))
    return Before(before=statistics.median(times[0]), after=statistics.median(times[1]))


def _runner(runs: ModelRuns, model: ir.Model) -> Runner:
    return runs.runner([value.name or "" for value in model.graph.outputs if value.producer() is not None])
