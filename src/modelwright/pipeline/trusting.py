"""Whether Python files that a recipe names may be run: said by whoever runs it, never by the recipe."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from modelwright.diagnostics import Report
from modelwright.pipeline.run import run


def trusted_run(*, trust: bool) -> Callable[..., Report]:
    """`modelwright.pipeline.run.run` with that trust; what trust needs is imported only if it is given."""
    if not trust:
        return run
    from modelwright.quantize.data.function import Trust

    return partial(run, trust=Trust(given=True))
