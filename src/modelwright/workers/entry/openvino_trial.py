"""Tries models in OpenVINO: reads, compiles for the CPU and, if asked, runs each. Stand-alone; see ``trial_jobs``."""

from __future__ import annotations

import sys
from typing import Any

from trial_jobs import Refusal, main, random_feeds


def open_engine() -> tuple[Any, str]:
    """A function that tries one model, and what the engine is called."""
    import openvino

    core = openvino.Core()

    def attempt(job: dict[str, Any]) -> str:
        try:
            model = core.read_model(job["path"])
            compiled = core.compile_model(model, "CPU")
        except Exception as error:
            raise Refusal("load", type(error).__name__, str(error)) from error
        feeds = random_feeds(job["feeds"]) if job["run"] else None
        if feeds is None or any(feed["dtype"] == "string" for feed in job["feeds"]):
            return "load"
        try:
            known = {name for port in compiled.inputs for name in port.get_names()}
            compiled({name: array for name, array in feeds.items() if name in known})
        except Exception as error:
            raise Refusal("run", type(error).__name__, str(error)) from error
        return "run"

    return attempt, f"OpenVINO {openvino.__version__.partition('-')[0]}"


if __name__ == "__main__":
    main(sys.argv[1], open_engine)
