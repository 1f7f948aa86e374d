"""The worker's side: one conversion in a process of its own, told by a file, told of by lines of JSON on stdout.

Run as ``python -m modelwright.service.engine.worker FOLDER``. The process ends, and takes those it started with it,
when whoever started it goes away: its stdin then ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final, TextIO

from modelwright.diagnostics import Report
from modelwright.errors import InternalError, ModelwrightError, TemplateError, UnsupportedError
from modelwright.pipeline.allocation import share_memory
from modelwright.service.engine.tree import MARK, kill_tree

REQUEST: Final = "request.json"
SCRATCH: Final = "tmp"
"""A worker's folder for temporary files, in its own."""
TEMPORARY: Final = "(temporary)"
_MOST_TEXT: Final = 64 << 20
"""Bytes of a text file that is looked through."""
_SPARE: Final = 4 << 30
"""Bytes that libraries reserve without using them; whoever started this watches what is really used."""


def main(folder: Path) -> None:
    """Converts as ``request.json`` in the folder says."""
    threading.Thread(target=_die_with_parent, daemon=True).start()
    request = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    _limit(request)
    share_memory()
    os.chdir(folder.parent)  # so that paths in messages and reports begin with input/ and output/
    with os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1) as stream:
        os.dup2(2, 1)  # what libraries print goes to stderr
        channel = _Channel(stream, folder)
        channel.tell("end", _convert(request, channel))


class _Channel:
    """Where a worker tells, in lines of JSON, in which no path of this machine is."""

    def __init__(self, stream: TextIO, folder: Path) -> None:
        self._stream = stream
        self._folder = folder

    def tell(self, kind: str, data: Any) -> None:
        """Tells something."""
        text = json.dumps({kind: data}, ensure_ascii=False)
        self._stream.write(without_places(text, self._folder) + "\n")

    def clean(self, results: Path) -> None:
        """Takes the same out of the texts that a conversion wrote."""
        for path in (*results.rglob("*.txt"), *results.rglob("*.json")):
            if path.is_file() and path.stat().st_size < _MOST_TEXT:
                text = path.read_text(encoding="utf-8", errors="surrogateescape")
                cleaned = without_places(text, self._folder)
                if cleaned != text:
                    path.write_text(cleaned, encoding="utf-8", errors="surrogateescape")


def without_places(text: str, folder: Path) -> str:
    """A text in which paths below the task's folder begin there, and those of temporary files are a word.

    Args:
        text: A message, or several as JSON.
        folder: A worker's folder, in the task's.
    """
    for place in dict.fromkeys([str(folder), os.path.realpath(folder)]):
        text = text.replace(f"{place}/{SCRATCH}", TEMPORARY).replace(place, TEMPORARY)
    for place in dict.fromkeys([str(folder.parent), os.path.realpath(folder.parent)]):
        text = text.replace(f"{place}/", "").replace(place, ".")
    return text


def _limit(request: dict[str, Any]) -> None:
    """Limits of this process, which those that it starts have, too."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (request["cpu_seconds"], request["cpu_seconds"] + 5))
    resource.setrlimit(resource.RLIMIT_DATA, (request["memory"] + _SPARE, request["memory"] + _SPARE))


def _convert(request: dict[str, Any], channel: _Channel) -> dict[str, Any]:
    from modelwright.templates.convert import TemplateRequest, convert, prepare
    from modelwright.templates.template import Template

    try:
        prepared = prepare(
            TemplateRequest(
                template=Template.model_validate(request["template"]),
                folder=Path(request["input"]),
                output=Path(request["output"]),
                settings=request["settings"],
                interpreters=request["interpreters"],
            )
        )
        report = convert(
            prepared,
            listener=lambda line: channel.tell("log", _line(line)),
            observer=_Stages(channel),
        )
    except ModelwrightError as error:
        return _ending(error.report if isinstance(error.report, Report) else None, error)
    except MemoryError:
        return _ending(None, InternalError("the conversion needs more memory than a task may take"))
    finally:
        channel.clean(Path(request["output"]))
    return _ending(report, None)


def _line(line: Any) -> dict[str, str]:
    return {"time": line.time, "level": line.level, "stage": line.stage, "message": line.message}


def _ending(report: Report | None, error: ModelwrightError | None) -> dict[str, Any]:
    """How the conversion ended, as data."""
    from modelwright.pipeline.report import report_data

    found: dict[str, Any] = {"result": "failed", "error": None, "stages": [], "summary": {}}
    if report is not None:
        data = report_data(report)
        found["result"] = report.status.value if error is None else "failed"
        found["stages"] = [{"name": item.name, "seconds": round(item.seconds, 4)} for item in report.steps]
        found["summary"] = {key: data[key] for key in ("source", "artifact", "verification", "measured")}
        if data["verification"] is not None:
            data["verification"].pop("layers", None)  # the report among the artifacts has them
    if error is not None:
        items = list(error.items) if isinstance(error, UnsupportedError | TemplateError) else []
        found["error"] = {
            "code": error.code,
            "message": error.message,
            "hint": error.hint,
            "node": error.node,
            "items": items,
        }
    return found


class _Stages:
    """Tells which stage begins and, once a second, how far a long one came."""

    def __init__(self, channel: _Channel) -> None:
        self._channel = channel
        self._step = ""
        self._told = 0.0

    def begin(self, step: str) -> None:
        """Tells it."""
        self._step = step
        self._channel.tell("stage", step)

    def advance(self, done: int, of: int) -> None:
        """Tells it, unless something was told just before."""
        at = time.monotonic()
        if at - self._told > 1:
            self._told = at
            self._channel.tell("stage", f"{self._step} {done}/{of}")

    def end(self, step: str) -> None:
        """Nothing to tell."""


def _die_with_parent() -> None:
    """Waits until stdin ends, then ends this process and all that it started."""
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    kill_tree(os.environ.get(MARK, ""))
    os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    sys.stderr.flush()
    os._exit(0)  # what was to be told was told; taking the interpreter apart takes longer than a small conversion
