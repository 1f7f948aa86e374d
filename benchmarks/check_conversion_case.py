"""Checks a model for a target and converts it; a JSON job a line, an answer a line. Run by `check_conversion.py`."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import onnx
import onnxruntime
from check_case import verdict
from forked import Job, answer_jobs

import modelwright as mw
from modelwright.errors import ModelwrightError
from modelwright.pipeline import check, run
from modelwright.targets import conversion
from modelwright.verify.runners import onnxruntime as runner

IMPORTED = (onnx, onnxruntime, check, run, conversion, runner)
"""What every job needs is imported before the forks."""

PROFILES = {"onnx": "onnxruntime"}
"""Targets whose profile has another name: an ONNX file is taken by the runtime that verifies it."""


def work(job: Job) -> Job:
    """Both answers about one model and target."""
    python = os.environ.get("MODELWRIGHT_TRT_PYTHON") if job["target"] == "tensorrt" else None
    started = time.process_time()
    said, reason = _said(job, python)
    spent = time.process_time() - started
    done, refusal = _done(job, python)
    return {"said": said, "done": done, "reason": reason[:300], "refusal": refusal[:300], "cpu": round(spent, 3)}


def _said(job: Job, python: str | None) -> tuple[bool, str]:
    """What the check says, and its first cause if it says no."""
    try:
        (report,) = mw.check(job["model"], PROFILES.get(job["target"], job["target"]), python=python).targets
    except ModelwrightError as error:
        return False, str(error)
    causes = [*report.causes, *(cause for node in report.failed_nodes for cause in node.causes)]
    return report.passed, "" if report.passed else "; ".join(cause.message for cause in causes)


def _done(job: Job, python: str | None) -> tuple[bool, str]:
    """Whether the conversion gives a file, and why not.

    An ONNX file counts when ONNX Runtime, given the test's own inputs, runs it as it runs the source: with the expected
    outputs, or with others where the source gives others, too.
    """
    options = {} if python is None else {"compute_capability": "8.9"}
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / f"model.{ENDINGS[job['target']]}"
        try:
            mw.convert(job["model"], output, target=job["target"], no_verify=True, target_options=options or None)
        except ModelwrightError as error:
            return False, str(error).replace(f"{folder}/", "")
        if job["target"] != "onnx":
            return True, ""
        source = Path(job["model"])
        found, expected = verdict(source.parent, output), verdict(source.parent, source)
    return found["status"] != "error" and found["status"] in ("right", expected["status"]), found["reason"]


ENDINGS = {"onnx": "onnx", "tflite": "tflite", "mindir": "mindir", "tensorrt": "engine"}
"""Target to the ending of its files."""


if __name__ == "__main__":
    answer_jobs(work)
