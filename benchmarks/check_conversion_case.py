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

PROFILES = {"onnx": "onnxruntime", "ascend": "ascend-dynamic"}
"""Targets whose profile has another name: an ONNX file is taken by the runtime that verifies it."""

OPSETS = {"ascend": 18}
"""The newest opset that a target's compiler knows; older models stay as they are."""

OPTIONS = {"tensorrt": {"compute_capability": "8.9"}, "ascend": {"soc_version": "Ascend310P3"}}
"""What conversions must be told."""


def work(job: Job) -> Job:
    """Both answers about one model and target."""
    python = os.environ.get("MODELWRIGHT_TRT_PYTHON") if job["target"] == "tensorrt" else None
    started = time.process_time()
    said, reason = _said(job, python)
    spent = time.process_time() - started
    done, refusal = _done(job)
    return {"said": said, "done": done, "reason": reason[:300], "refusal": refusal[:300], "cpu": round(spent, 3)}


def _said(job: Job, python: str | None) -> tuple[bool, str]:
    """What the check says, and its first cause if it says no."""
    target = PROFILES.get(job["target"], job["target"])
    try:
        (report,) = mw.check(job["model"], target, python=python, opset=_opset(job)).targets
    except ModelwrightError as error:
        return False, str(error)
    causes = [*report.causes, *(cause for node in report.failed_nodes for cause in node.causes)]
    return report.passed, "" if report.passed else "; ".join(cause.message for cause in causes)


def _done(job: Job) -> tuple[bool, str]:
    """Whether the conversion gives a file, and why not.

    An ONNX file counts when ONNX Runtime, given the test's own inputs, runs it as it runs the source: with the expected
    outputs, or with others where the source gives others, too.
    """
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / f"model.{ENDINGS[job['target']]}"
        try:
            mw.convert(
                job["model"],
                output,
                target=job["target"],
                opset=_opset(job),
                no_verify=True,
                target_options=OPTIONS.get(job["target"]),
            )
        except ModelwrightError as error:
            return False, str(error).replace(f"{folder}/", "")
        if job["target"] != "onnx":
            return True, ""
        source = Path(job["model"])
        found, expected = verdict(source.parent, output), verdict(source.parent, source)
    return found["status"] != "error" and found["status"] in ("right", expected["status"]), found["reason"]


def _opset(job: Job) -> int | None:
    limit = OPSETS.get(job["target"])
    imports = onnx.load(job["model"], load_external_data=False).opset_import
    present = next((item.version for item in imports if item.domain in ("", "ai.onnx")), 0)
    return limit if limit is not None and present > limit else None


ENDINGS = {"onnx": "onnx", "tflite": "tflite", "mindir": "mindir", "tensorrt": "engine", "ascend": "om"}
"""Target to the ending of its files."""


if __name__ == "__main__":
    answer_jobs(work)
