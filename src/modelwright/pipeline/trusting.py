"""Whether Python files that a recipe names may be run: said by whoever runs it, never by the recipe."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from os import PathLike
from pathlib import Path

from modelwright.diagnostics import Report
from modelwright.pipeline.run import run
from modelwright.workers.interpreters import DATA


def trusted_run(*, trust: bool, python: str | PathLike[str] | None = None) -> Callable[..., Report]:
    """`modelwright.pipeline.run.run` with that trust; what trust needs is imported only if it is given.

    Args:
        trust: Whether they may be run.
        python: The interpreter that has what they import; None for the environment's, else the running one.

    Raises:
        ToolMissingError: There is no such interpreter.
    """
    if not trust:
        return run
    from modelwright.quantize.data.function import Trust

    return partial(run, trust=Trust(given=True, python=DATA.find(None if python is None else Path(python))))
