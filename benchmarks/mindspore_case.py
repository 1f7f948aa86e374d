"""Runs MindIR files in MindSpore: reads jobs from standard input, answers one line each. Stand-alone.

Job: ``{"model": FILE, "inputs": [FILE.npy, ...], "folder": FOLDER}``; answer: ``{"outputs": [FILE.npy, ...]}`` or
``{"error": TEXT}``.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("DNNL_MAX_CPU_ISA", "AVX2")
os.environ.setdefault("GLOG_v", "4")

import mindspore as ms
import numpy as np


def flat(result: Any) -> list[Any]:
    """The tensors of a result."""
    return [item for part in result for item in flat(part)] if isinstance(result, tuple | list) else [result]


def answer(job: dict[str, Any]) -> dict[str, Any]:
    """Loads and runs one model."""
    try:
        model = ms.nn.GraphCell(ms.load(job["model"]))
        results = flat(model(*[ms.Tensor(np.load(path)) for path in job["inputs"]]))
        paths = [str(Path(job["folder"]) / f"result_{place}.npy") for place in range(len(results))]
        for path, result in zip(paths, results, strict=True):
            np.save(path, result.asnumpy())
    except Exception as error:  # noqa: BLE001  whatever MindSpore raises is its answer
        return {"error": f"{type(error).__name__}: {' '.join(str(error).split())[:400]}"}
    return {"outputs": paths}


def main() -> None:
    """Answers until the input ends."""
    ms.set_context(mode=ms.GRAPH_MODE, device_target="CPU")
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        out.write(json.dumps(answer(json.loads(line))) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
