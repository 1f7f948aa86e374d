"""Tries models in ONNX Runtime: makes a session of each and, if asked, runs it. Stand-alone; see ``trial_jobs``."""

from __future__ import annotations

import sys
from typing import Any

from trial_jobs import Refusal, main, random_feeds


def open_engine() -> tuple[Any, str]:
    """A function that tries one model, and what the engine is called."""
    import onnxruntime

    def attempt(job: dict[str, Any]) -> str:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.inter_op_num_threads = 1
        if job.get("single", True):
            options.intra_op_num_threads = 1
        try:
            session = onnxruntime.InferenceSession(job["path"], options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise Refusal("load", type(error).__name__, str(error)) from error
        feeds = random_feeds(job["feeds"]) if job["run"] else None
        if feeds is None:
            return "load"
        try:
            session.run(None, feeds)
        except Exception as error:
            raise Refusal("run", type(error).__name__, str(error)) from error
        return "run"

    return attempt, f"ONNX Runtime {onnxruntime.__version__}"


if __name__ == "__main__":
    main(sys.argv[1], open_engine)
