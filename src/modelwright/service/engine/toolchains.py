"""Which vendors' tools and frameworks conversions find here: looked for in a process with the variables that they get.

Run as ``python -m modelwright.service.engine.toolchains INTERPRETERS``, with the interpreters as JSON; tells as JSON.
"""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from modelwright.errors import ModelwrightError
from modelwright.workers.interpreters import MINDSPORE, OPENCV, PADDLE, TENSORFLOW, TENSORRT, Interpreter

_LOGGER: Final = logging.getLogger("modelwright.service")
_TIMEOUT: Final = 120.0
_NEEDED: Final = {"ascend": ("ATC", "OMG"), "tensorrt": ("TensorRT", "TensorRT-RTX")}
"""Of which tools a template's target needs one; other targets need none."""
_OWN: Final = {"onnxruntime": "ONNX Runtime", "ai-edge-litert": "LiteRT"}
_PACKAGES: Final[tuple[tuple[Interpreter | None, dict[str, str]], ...]] = (
    (None, _OWN),
    (TENSORRT, {"tensorrt-rtx": "TensorRT-RTX", "tensorrt": "TensorRT"}),
    (MINDSPORE, {"mindspore": "MindSpore"}),
    (TENSORFLOW, {"tensorflow": "TensorFlow", "tensorflow-cpu": "TensorFlow"}),
    (PADDLE, {"paddlepaddle": "Paddle", "paddlepaddle-gpu": "Paddle"}),
    (OPENCV, {"opencv-python": "OpenCV", "opencv-python-headless": "OpenCV"}),
)
_LISTING: Final = (
    "import importlib.metadata as m, json;"
    "print(json.dumps([[d.metadata['Name'], d.version] for d in m.distributions()]))"
)
_VERSION_FILES: Final = ("ascend_toolkit_install.info", "version.info", "version.cfg", "compiler/version.info")
_VERSION: Final = re.compile(r"(?im)^\s*(?:version|toolkit_running_version)\s*=\s*\[?(?:[\d.]+:)?([\w.]+)")
_LITE_FOLDER: Final = re.compile(r"mindspore-lite-(\d[\w.]*\d)")
_LEVELS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """A tool or framework that is there.

    Attributes:
        name: Its name.
        version: Its version, or empty when it cannot be told.
        path: The program or interpreter.
    """

    name: str
    version: str
    path: str


def buildable(chips: Collection[str], toolchains: Sequence[Toolchain]) -> list[str]:
    """The templates of chips whose artifacts can be built, not only planned, with these tools."""
    from modelwright.templates.catalogue import templates

    there = {item.name for item in toolchains}
    mine = [item for item in templates() if item.chip in chips]
    return sorted(item.name for item in mine if item.target not in _NEEDED or there & set(_NEEDED[item.target]))


def look(variables: Mapping[str, str], python: Mapping[str, str]) -> tuple[Toolchain, ...]:
    """What conversions with these variables and interpreters find."""
    command = [sys.executable, "-m", "modelwright.service.engine.toolchains", json.dumps(dict(python))]
    try:
        done = subprocess.run(  # noqa: S603  our own interpreter and module
            command, env=dict(variables), capture_output=True, text=True, timeout=_TIMEOUT, check=True
        )
        return tuple(Toolchain(**item) for item in json.loads(done.stdout))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        _LOGGER.warning("toolchains could not be looked for: %s", error)
        return ()


def find(python: Mapping[str, str]) -> Iterator[Toolchain]:
    """What this process finds."""
    yield from _compilers()
    for interpreter, packages in _PACKAGES:
        program = Path(sys.executable)
        if interpreter is not None:
            given = python.get(interpreter.name)
            try:
                named = interpreter.find(Path(given) if given else None)
            except ModelwrightError as error:
                _LOGGER.warning("%s", error.message)
                continue
            if named is None and interpreter is not TENSORRT:
                continue
            program = named or program
        yield from _packages(program, packages)


def _compilers() -> Iterator[Toolchain]:
    from modelwright.backends.ascend import environment
    from modelwright.backends.ascend.settings import Tool

    names = {Tool.ATC: "ATC", Tool.OMG: "OMG", Tool.LITE: "MindSpore Lite converter"}
    host = environment.host(None)
    if host is not None:
        yield Toolchain(name=names[Tool.ATC], version="", path=f"{host}:atc")
    for tool, name in names.items():
        try:
            found = environment.find(tool, None)
        except ModelwrightError:  # the toolkit that is named has another of the three
            continue
        if found is not None:
            yield Toolchain(name=name, version=_version(Path(found.program)), path=found.program)


def _version(program: Path) -> str:
    """The version that a toolkit's files, or its folder's name, say."""
    lite = _LITE_FOLDER.search(str(program.resolve()))
    if lite is not None:
        return lite[1]
    for folder in list(program.resolve().parents)[:_LEVELS]:
        for name in _VERSION_FILES:
            if (folder / name).is_file():
                match = _VERSION.search((folder / name).read_text(encoding="utf-8", errors="replace"))
                if match is not None:
                    return match[1]
    return ""


def _packages(python: Path, wanted: Mapping[str, str]) -> Iterator[Toolchain]:
    done = subprocess.run(  # noqa: S603  an interpreter that the settings name
        [str(python), "-c", _LISTING], capture_output=True, text=True, timeout=_TIMEOUT, check=False
    )
    if done.returncode:
        return
    there = {str(name).lower().replace("_", "-"): version for name, version in json.loads(done.stdout)}
    told: set[str] = set()
    for package, name in wanted.items():
        if package in there and name not in told:
            told.add(name)
            yield Toolchain(name=name, version=there[package], path=str(python))


if __name__ == "__main__":
    sys.stdout.write(json.dumps([asdict(item) for item in find(json.loads(sys.argv[1]))]))
