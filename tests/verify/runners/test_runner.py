import numpy as np

from modelwright.verify.runners import runner
from modelwright.verify.runners.runner import timed


def test_quick_runs_are_repeated_and_slow_ones_not(monkeypatch):
    counts = []

    def run(arrays):
        counts.append(arrays)
        return {"y": np.array(len(counts))}

    assert timed(run, {}).outputs["y"] == 3
    assert timed(run, {}).milliseconds >= 0
    monkeypatch.setattr(runner, "_QUICK_MS", 0.0)
    counts.clear()
    assert timed(run, {}).outputs["y"] == 1
