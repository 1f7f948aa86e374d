"""Converts models to TFLite with modelwright; a JSON job a line, an answer a line. Run by `tflite_node_tests.py`."""

from __future__ import annotations

import time
from pathlib import Path

from forked import Job, answer_jobs

from modelwright.backends.tflite.write import write
from modelwright.errors import ModelwrightError
from modelwright.hub.io import load


def work(job: Job) -> Job:
    """Converts a model; refusals carry their reason."""
    started = time.process_time()
    try:
        write(load(Path(job["model"])), Path(job["file"]))
    except ModelwrightError as error:
        return {"status": "refused", "reason": str(error)[:400], "cpu": time.process_time() - started}
    return {"status": "converted", "cpu": time.process_time() - started}


if __name__ == "__main__":
    answer_jobs(work)
