"""Running MindIR files in MindSpore on the processor, in a worker under an interpreter that has MindSpore."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from modelwright import workers
from modelwright.errors import ArtifactInvalid, WorkerCrashedError
from modelwright.formats import TensorSpec
from modelwright.schemas.mindir_file import inputs_of, outputs_of, read_mindir
from modelwright.schemas.mindspore_cipher import read_cipher
from modelwright.verify.runners.in_worker import worker_source
from modelwright.verify.runners.runner import CannotRunHere, Timed
from modelwright.verify.source import SourceQuery, SourceRunner
from modelwright.workers.interpreters import MINDSPORE
from modelwright.workers.protocol import Reply
from modelwright.workers.runner import run_worker

_SCRIPT: Final = Path(workers.__file__).with_name("entry") / "mindspore_run.py"


def load(path: Path, python: Path | None) -> MindSporeRunner:
    """The runner for a MindIR file.

    Args:
        path: The file.
        python: The interpreter with MindSpore.

    Raises:
        CannotRunHere: No interpreter is named, or it has no MindSpore.
        ModelFormatError: The file is damaged.
        ArtifactInvalid: MindSpore does not load the file.
    """
    return MindSporeRunner(path, python)


def query_source(query: SourceQuery) -> SourceRunner | None:
    """The runner for a MindIR file as a source, or None when no interpreter is named.

    Raises:
        ToolMissingError: One is named that is not there.
    """
    python = MINDSPORE.find(query.python)
    if python is None:
        return None
    request: dict[str, Any] = {
        "path": str(query.model.absolute()),
        "inputs": [binding.source for binding in query.inputs],
        "outputs": [binding.source for binding in query.outputs],
    }
    key = query.details.get("dec_key")
    cipher = read_cipher(None if key is None else Path(key), query.details.get("dec_mode"))
    if cipher is not None:
        request |= {"key": cipher.key.hex(), "mode": cipher.mode}
    return worker_source(query, request, entry="mindspore_run", python=python, label="MindSpore", needs="MindSpore")


class MindSporeRunner:
    """A MindIR file.

    Attributes:
        label: MindSpore and its version.
        inputs: The model's inputs.
        outputs: The model's outputs.
    """

    def __init__(self, path: Path, python: Path | None) -> None:
        """Loads it once, to see that it loads."""
        if python is None:
            raise CannotRunHere(
                "MindIR runs in MindSpore; name an interpreter that has it with --ms-python or $MODELWRIGHT_MS_PYTHON"
            )
        self._path, self._python = path, python
        graph = read_mindir(path).graph
        self.inputs: tuple[TensorSpec, ...] = inputs_of(graph)
        self.outputs: tuple[TensorSpec, ...] = outputs_of(graph)
        self.label = str(self._ask({}).data["framework"])

    def timed(self, arrays: Mapping[str, np.ndarray]) -> Timed:
        """Outputs, and how long a run takes."""
        reply = self._ask(arrays)
        return Timed(outputs=reply.arrays, milliseconds=float(reply.data["milliseconds"]))

    def _ask(self, arrays: Mapping[str, np.ndarray]) -> Reply:
        request: dict[str, Any] = {
            "path": str(self._path.absolute()),
            "inputs": [spec.name for spec in self.inputs],
            "outputs": [spec.name for spec in self.outputs],
        }
        try:
            reply = run_worker(_SCRIPT, request, arrays=arrays, python=self._python)
        except WorkerCrashedError as error:
            raise ArtifactInvalid(f"{self._path}: MindSpore did not survive it: {error.message}") from error
        if reply.fault is None:
            return reply
        if reply.fault.kind == "module":
            raise CannotRunHere(f"{self._python} has no MindSpore")
        raise ArtifactInvalid(
            f"{self._path}: the model does not {'run' if reply.fault.kind == 'run' else 'load'} in MindSpore: "
            f"{reply.fault.message}",
            hint="this is a fault of the conversion; report it with the model's operators",
        )
