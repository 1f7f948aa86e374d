"""Running TensorRT engines on a GPU of NVIDIA, in a worker under an interpreter that has TensorRT."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from modelwright import workers
from modelwright.errors import ArtifactInvalid
from modelwright.formats import TensorSpec
from modelwright.verify.runners.runner import CannotRunHere, Timed
from modelwright.workers.protocol import Reply
from modelwright.workers.runner import run_worker

_SCRIPT: Final = Path(workers.__file__).with_name("entry") / "tensorrt_run.py"
_MODULES: Final = ("tensorrt_rtx", "tensorrt")
_WHY: Final = {
    "device": "engines run on a GPU of NVIDIA, and none is here",
    "module": "engines run in TensorRT, which is not installed",
}


def load(path: Path, python: Path | None) -> TensorRtRunner:
    """The runner for an engine.

    Args:
        path: The engine.
        python: The interpreter with TensorRT; None for the running one.

    Raises:
        CannotRunHere: There is no GPU or no TensorRT.
        ArtifactInvalid: The engine does not load.
    """
    return TensorRtRunner(path, python)


class TensorRtRunner:
    """An engine on a GPU.

    Attributes:
        label: TensorRT and its version.
        inputs: The engine's inputs; sizes that its profiles leave open are None.
        outputs: The engine's outputs.
    """

    def __init__(self, path: Path, python: Path | None) -> None:
        """Asks TensorRT what the engine's inputs and outputs are."""
        self._path, self._python = path, python
        data = self._ask({}).data
        self.label = str(data["framework"])
        self.inputs = tuple(_spec(row) for row in data["inputs"])
        self.outputs = tuple(_spec(row) for row in data["outputs"])

    def timed(self, arrays: Mapping[str, np.ndarray]) -> Timed:
        """Outputs, and how long a run takes on the GPU."""
        reply = self._ask(arrays)
        return Timed(outputs=reply.arrays, milliseconds=float(reply.data["milliseconds"]))

    def _ask(self, arrays: Mapping[str, np.ndarray]) -> Reply:
        request: dict[str, Any] = {"modules": list(_MODULES), "engine": str(self._path.absolute())}
        reply = run_worker(_SCRIPT, request, arrays=arrays, python=self._python)
        if reply.fault is None:
            return reply
        if reply.fault.kind in _WHY:
            raise CannotRunHere(_WHY[reply.fault.kind])
        raise ArtifactInvalid(
            f"{self._path}: the engine does not {'run' if reply.fault.kind == 'run' else 'load'} in TensorRT: "
            f"{reply.fault.message}",
            hint="an engine runs only on GPUs that it was built for; see `modelwright info`",
        )


def _spec(row: list[Any]) -> TensorSpec:
    name, dtype, sizes = row
    return TensorSpec(name=name, dtype=dtype, shape=tuple(size if size >= 0 else None for size in sizes))
