"""Times of both models."""

from __future__ import annotations

from modelwright.quantize.report.compare import both_models
from modelwright.quantize.report.latency import latency


def test_both_are_measured(both, data) -> None:
    with both_models(*both("plain")) as models:
        found = latency(models, next(iter(data)))
    assert found.before is not None
    assert found.after is not None
    assert 0 < found.before < 1000
    assert 0 < found.after < 1000
