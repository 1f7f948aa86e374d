"""Simplifies models with one tool, in its environment: `python simplify_case.py modelwright | onnxsim | onnxslim`.

Reads jobs ``{"source": FILE, "model": FILE}`` from standard input, writes the simplified model and answers
``{"status": "done" | "error", "reason": TEXT, "cpu": SECONDS}``; see `forked.py`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from forked import answer_jobs

Simplify = Callable[[Path, Path], None]


def modelwright() -> Simplify:
    """Reads, optimizes, checks and writes, as `modelwright convert onnx --onnxsim` does."""
    import onnxruntime  # noqa: F401  imported here, so that no fork has to

    from modelwright.backends.onnx.write import write
    from modelwright.hub.io import load
    from modelwright.hub.shapes import Shapes
    from modelwright.passes.pipeline import optimize
    from modelwright.rewrites.rule import all_rules

    all_rules()
    Shapes(18)

    def simplify(source: Path, target: Path) -> None:
        model = load(source)
        optimize(model, opset=model.graph.opset_imports.get("", 0))
        write(model, target)

    return simplify


def onnxsim() -> Simplify:
    """`onnxsim SOURCE TARGET`."""
    import onnx
    import onnxruntime  # noqa: F401
    from onnxsim import simplify

    def run(source: Path, target: Path) -> None:
        model, _ = simplify(onnx.load(source))
        onnx.save(model, target)

    return run


def onnxslim() -> Simplify:
    """`onnxslim SOURCE TARGET`."""
    import onnxruntime  # noqa: F401
    from onnxslim import slim

    def run(source: Path, target: Path) -> None:
        slim(str(source), str(target))

    return run


TOOLS = {"modelwright": modelwright, "onnxsim": onnxsim, "onnxslim": onnxslim}


def main() -> None:
    """Answers jobs until there are no more."""
    simplify = TOOLS[sys.argv[1]]()

    def work(job: dict[str, str]) -> dict[str, Any]:
        started = time.process_time()
        simplify(Path(job["source"]), Path(job["model"]))
        return {"status": "done", "reason": "", "cpu": time.process_time() - started}

    answer_jobs(work)


if __name__ == "__main__":
    main()
