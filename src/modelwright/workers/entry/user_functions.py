"""Functions from files of the user. Stand-alone, beside the scripts that import it."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path
from typing import Any

from worker_exchange import WorkFault


def function_of(file: Path, name: str) -> Any:
    """The function, from its file."""
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise WorkFault("model", f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    try:
        spec.loader.exec_module(module)
    except ImportError as error:
        raise WorkFault("module", str(error)) from error
    except Exception as error:
        raise WorkFault("model", described(error, file)) from error
    found = getattr(module, name, None)
    if not callable(found):
        names = [key for key, item in vars(module).items() if callable(item) and not key.startswith("_")]
        raise WorkFault("name", f"it has no function {name!r}; it has {', '.join(sorted(names)) or 'none'}")
    return found


def described(error: BaseException, file: Path) -> str:
    """An error, and the line of the user's file that it comes from."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == file]
    place = f" (line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"
