"""The engines that can try models: which worker runs them, and in which interpreter they are found."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelwright import workers

_ENTRY: Final = Path(workers.__file__).with_name("entry")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine.

    Attributes:
        name: What profiles call it.
        module: The Python module that it is in.
        script: The worker that runs it.
        runs: Whether what it accepts is also run, and not only built.
    """

    name: str
    module: str
    script: Path
    runs: bool = True


_ENGINES: Final = {
    "onnxruntime": Engine(name="onnxruntime", module="onnxruntime", script=_ENTRY / "onnxruntime_trial.py"),
    "tensorrt_rtx": Engine(name="tensorrt_rtx", module="tensorrt_rtx", script=_ENTRY / "tensorrt_trial.py", runs=False),
    "openvino": Engine(name="openvino", module="openvino", script=_ENTRY / "openvino_trial.py"),
}


def engine_named(name: str) -> Engine:
    """The engine of that name; profiles name no other."""
    return _ENGINES[name]


def interpreters(engine: Engine, named: Path | None) -> tuple[Path, ...]:
    """Where to look for the engine: the interpreter that the user named, then the running one if it has the module."""
    own = (Path(sys.executable),) if importlib.util.find_spec(engine.module) is not None else ()
    return (*((named,) if named is not None else ()), *own)
