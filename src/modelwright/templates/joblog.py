"""The log of a conversion: lines with time, level and stage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from modelwright.diagnostics import Diagnostic, Level, Report
from modelwright.errors import ModelwrightError, TemplateError, UnsupportedError
from modelwright.formats import TensorSpec
from modelwright.hub.io_atomic import output_errors
from modelwright.pipeline.observer import Observer

NAME = "job_log.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line.

    Attributes:
        time: UTC, ISO 8601 with milliseconds.
        level: ``info``, ``notice``, ``warning`` or ``error``.
        stage: ``input``, the step of the plan, or ``end``.
        message: What is said, without line breaks.
    """

    time: str
    level: str
    stage: str
    message: str

    def __str__(self) -> str:
        """The line as ``job_log.txt`` has it."""
        return f"{self.time} {self.level:<7} {self.stage:<8} {self.message}"


class JobLog:
    """Collects lines and hands each to whoever listens."""

    def __init__(self, listener: Callable[[LogLine], None] | None = None) -> None:
        self._listener = listener
        self.lines: list[LogLine] = []

    def add(self, level: Level, stage: str, message: str) -> None:
        """Adds a message; each of its lines becomes one."""
        for text in message.splitlines() or [""]:
            line = LogLine(time=_now(), level=level.value, stage=stage, message=text.rstrip())
            self.lines.append(line)
            if self._listener is not None:
                self._listener(line)

    def say(self, stage: str, message: str) -> None:
        """Adds a message of level ``info``."""
        self.add(Level.INFO, stage, message)

    def write(self, folder: Path) -> Path:
        """Writes ``job_log.txt`` into the folder, which is made if needed.

        Raises:
            OutputError: It cannot be written.
        """
        path, staged = folder / NAME, folder / f".{NAME}.part"
        with output_errors(path):
            folder.mkdir(parents=True, exist_ok=True)
            staged.write_text("".join(f"{line}\n" for line in self.lines), encoding="utf-8")
            staged.replace(path)
        return path


class Logged:
    """An observer that logs the steps and passes them on."""

    def __init__(self, log: JobLog, observer: Observer) -> None:
        self._log = log
        self._observer = observer

    def begin(self, step: str) -> None:
        """Logs that the step begins."""
        self._log.say(step, "begins")
        self._observer.begin(step)

    def advance(self, done: int, of: int) -> None:
        """Passes it on."""
        self._observer.advance(done, of)

    def end(self, step: str) -> None:
        """Logs that the step is over."""
        self._observer.end(step)
        self._log.say(step, "is over")


def log_report(log: JobLog, report: Report) -> None:
    """Logs what a run found and did: inputs and outputs, steps, remarks, how the outputs compared."""
    if report.source is not None:
        log.say("import", f"source: {report.source.format}, {report.source.nodes} nodes")
        _tensors(log, "import", report.source.inputs, report.source.outputs)
    for step in report.steps:
        log.say(step.name, f"{step.seconds:.2f} s" + "".join(f"; {phrase}" for phrase in step.summary))
    for remark in report.diagnostics:
        log.add(remark.level, remark.stage or "import", _remark(remark))
    if report.artifact is not None:
        log.say("export", f"result: {report.artifact.format}, {report.artifact.nodes} nodes")
        _tensors(log, "export", report.artifact.inputs, report.artifact.outputs)
    for item in report.files:
        log.say("export", f"written: {item.path}, {item.bytes} bytes, sha256 {item.sha256}")
    if report.verification is not None:
        for output in report.verification.outputs:
            text = f"output {output.name}: max abs {output.max_abs:.3g}, {output.mismatches} outside the tolerance"
            log.say("verify", text)
    reason = report.verification.reason if report.verification is not None else ""
    log.say("end", f"{report.status.value}" + (f": {reason}" if reason else ""))


def _tensors(log: JobLog, stage: str, inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...]) -> None:
    for spec in inputs:
        log.say(stage, f"input tensor {spec}")
    for spec in outputs:
        log.say(stage, f"output node {spec}")


def _remark(remark: Diagnostic) -> str:
    return f"{remark.message} ({remark.hint})" if remark.hint else remark.message


def log_error(log: JobLog, error: ModelwrightError) -> None:
    """Logs an error with its code, each thing it lists, and what to do."""
    log.add(Level.ERROR, "end", f"{error.code}: {error.message}")
    for item in error.items if isinstance(error, UnsupportedError | TemplateError) else ():
        log.add(Level.ERROR, "end", f"- {item}")
    if error.hint:
        log.add(Level.ERROR, "end", f"what to do: {error.hint}")


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
