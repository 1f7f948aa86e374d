"""Shared libraries with operators of the user's: TensorFlow loads them in a worker and says what they add."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final

from modelwright import workers
from modelwright.errors import ModelNotFoundError, ToolError, ToolMissingError, UsageError
from modelwright.frontends.tensorflow.messages import Message, message_class
from modelwright.workers.interpreters import TENSORFLOW_VARIABLE, find_tensorflow
from modelwright.workers.runner import run_worker

_ENTRY: Final = Path(workers.__path__[0]) / "entry" / "tensorflow_operators.py"


def library_operators(libraries: tuple[str, ...], python: Path | None) -> Message | None:
    """The OpList of the operators that ``libraries`` define; None without libraries.

    Args:
        libraries: Paths of ``.so`` files.
        python: The interpreter that the user named; None for the environment's.

    Raises:
        ModelNotFoundError: A library is missing.
        UsageError: No interpreter is named that could load them.
        ToolMissingError: The interpreter lacks TensorFlow.
        ToolError: TensorFlow cannot load a library.
    """
    if not libraries:
        return None
    for library in libraries:
        if not Path(library).is_file():
            raise ModelNotFoundError(f"no operator library at {library}", hint="give the path of a .so file")
    interpreter = find_tensorflow(python)
    if interpreter is None:
        raise UsageError(
            "--load_op_libraries has libraries loaded by TensorFlow, and no interpreter that has it is named",
            hint=f"name one with --tf-python or {TENSORFLOW_VARIABLE}, or leave --load_op_libraries out",
        )
    request = {"op_libraries": [str(Path(library).absolute()) for library in libraries]}
    reply = run_worker(_ENTRY, request, python=interpreter)
    if reply.fault is not None and reply.fault.kind == "module":
        raise ToolMissingError(
            f"{interpreter}: TensorFlow cannot be imported there ({reply.fault.message})",
            hint="name the python of an environment with TensorFlow",
        )
    if reply.fault is not None:
        raise ToolError(
            f"TensorFlow cannot load the operator library {reply.fault.message}",
            hint="a library works with the version of TensorFlow that it was built for",
        )
    return message_class("OpList").FromString(base64.b64decode(str(reply.data["operators"])))
