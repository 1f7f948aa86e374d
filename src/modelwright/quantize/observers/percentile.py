"""The range that leaves a given share of the numbers out on each side."""

from __future__ import annotations

import numpy as np

from modelwright.quantize.observers.sketch import Sketch


def percentile_range(sketch: Sketch, share: float) -> tuple[float, float]:
    """The numbers at the quantiles ``1 - share`` and ``share``, linear inside bins.

    Args:
        sketch: What was seen.
        share: Between 0.5 and 1; 1 is the whole range.
    """
    total = int(sketch.counts.sum())
    if share >= 1.0 or total == 0:
        return sketch.low, sketch.high
    edges = (np.arange(len(sketch.counts) + 1) + sketch.first) * sketch.width
    upto = np.concatenate([[0], np.cumsum(sketch.counts)]) / total
    low, high = (float(np.interp(wanted, upto, edges)) for wanted in (1.0 - share, share))
    return max(low, sketch.low), min(high, sketch.high)
