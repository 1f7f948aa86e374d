"""The report as JSON: what is the same in every run of a recipe first, what was measured apart from it."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

from modelwright.diagnostics import Report
from modelwright.errors import ModelwrightError

REPORT_VERSION = 1
SUFFIX = ".report.json"
CALIBRATION = "calibration data"
"""What the data that a model was calibrated on are called among the hashes of what was read."""


def report_path(artifact: Path) -> Path:
    """Where an artifact's report stands: ``out.onnx`` has ``out.report.json``."""
    return artifact.with_name(artifact.stem + SUFFIX)


def report_data(report: Report) -> dict[str, Any]:
    """The report as plain data; times, memory and latency stand under ``measured``."""
    data = plain(dataclasses.asdict(report))
    data.pop("peak_memory_bytes")
    measured: dict[str, Any] = {
        "seconds": {step.name: round(step.seconds, 4) for step in report.steps},
        "peak_memory_bytes": report.peak_memory_bytes,
    }
    for step in data["steps"]:
        del step["seconds"]
    if report.verification is not None:
        measured["latency_ms"] = data["verification"].pop("latency_ms")
        if report.verification.layers is None:
            del data["verification"]["layers"]
    return {"report_version": REPORT_VERSION, **data, "measured": measured}


def report_json(report: Report) -> str:
    """The report as JSON text, keys in the order of reading."""
    return json.dumps(report_data(report), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plain_data(found: Any) -> dict[str, Any]:
    """A dataclass as data that JSON can hold."""
    return plain(dataclasses.asdict(found))


def plain(value: Any) -> Any:
    """Data that JSON can hold: not a number and infinities become texts, tuples lists."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def error_data(error: ModelwrightError) -> dict[str, str]:
    """An error as a report holds it: code, message, hint and node, without empty ones."""
    data: dict[str, Any] = {"code": error.code, "message": error.message, "hint": error.hint, "node": error.node}
    return {key: value for key, value in data.items() if value}
