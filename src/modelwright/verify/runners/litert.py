"""TFLite files run in LiteRT, in a process of its own: an interpreter that does not survive a file is a finding."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np

from modelwright import workers
from modelwright.errors import ArtifactInvalid, WorkerCrashedError
from modelwright.formats import TensorSpec
from modelwright.hub.dtypes import dtype_named
from modelwright.schemas.flatbuffers import FlatFile, Table
from modelwright.schemas.tflite.tables import SUBGRAPHS, TENSORS_OF, TFLITE
from modelwright.verify.runners.runner import CannotRunHere, Timed
from modelwright.workers.interpreters import TENSORFLOW
from modelwright.workers.protocol import Fault
from modelwright.workers.runner import run_worker

_ENTRY: Final = Path(workers.__path__[0]) / "entry" / "litert_run.py"
_REMEDY: Final = (
    "pip install 'modelwright[tflite]', or name an interpreter with ai-edge-litert or TensorFlow with --tf-python"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tensor:
    """An input or output: its number in the file, and what it looks like."""

    index: int
    spec: TensorSpec


def load_litert(path: Path, python: Path | None) -> LiteRTRunner:
    """The runner for a TFLite file.

    Args:
        path: The file.
        python: An interpreter with ai-edge-litert or TensorFlow; None for the running one if it has LiteRT, else the
            one that ``$MODELWRIGHT_TF_PYTHON`` names.

    Raises:
        ModelFormatError: It is damaged.
        ToolMissingError: The interpreter that is named is not there.
    """
    here = python is None and importlib.util.find_spec("ai_edge_litert") is not None
    return LiteRTRunner(path, None if here else TENSORFLOW.find(python))


class LiteRTRunner:
    """A TFLite file; each run loads it anew in a worker.

    Attributes:
        label: The runtime, with its version once it ran.
        inputs: The file's inputs.
        outputs: The file's outputs.
    """

    def __init__(self, path: Path, python: Path | None) -> None:
        """Reads what the file's inputs and outputs are.

        Args:
            path: The file.
            python: The interpreter to run it in; None for the running one.

        Raises:
            ModelFormatError: It is damaged.
        """
        self.label = _label(python)
        self._path, self._python = path, python
        self._inputs, self._outputs = _interface(path)
        self.inputs = tuple(item.spec for item in self._inputs)
        self.outputs = tuple(item.spec for item in self._outputs)

    def timed(self, arrays: Mapping[str, np.ndarray]) -> Timed:
        """Outputs by name, and the median time of a run.

        Raises:
            CannotRunHere: LiteRT is not there.
            ArtifactInvalid: The file does not load or run.
        """
        request = {
            "path": str(self._path.absolute()),
            "inputs": {item.spec.name: item.index for item in self._inputs},
            "outputs": {item.spec.name: item.index for item in self._outputs},
            "dtypes": {item.spec.name: item.spec.dtype for item in self._inputs},
        }
        given = {name: _plain(array) for name, array in arrays.items()}
        try:
            reply = run_worker(_ENTRY, request, arrays=given, python=self._python)
        except WorkerCrashedError as error:
            raise ArtifactInvalid(
                f"{self._path}: LiteRT did not survive running it: {error.message}",
                hint="this is a fault of the interpreter or too little memory; the model may be right",
            ) from error
        if reply.fault is not None:
            raise self._explained(reply.fault)
        self.label = str(reply.data["framework"])
        dtypes: dict[str, str] = reply.data["dtypes"]
        outputs = {name: _typed(array, dtypes[name]) for name, array in reply.arrays.items()}
        return Timed(outputs=outputs, milliseconds=float(reply.data["milliseconds"]))

    def _explained(self, fault: Fault) -> CannotRunHere | ArtifactInvalid:
        if fault.kind == "module":
            return CannotRunHere(f"LiteRT is not installed here ({_REMEDY})")
        what = "load" if fault.kind == "model" else "run"
        return ArtifactInvalid(
            f"{self._path}: the file does not {what} in LiteRT: {fault.message}",
            hint="this is a fault of the conversion; report it with the model",
        )


def _label(python: Path | None) -> str:
    try:
        return "LiteRT" if python is not None else f"LiteRT {version('ai-edge-litert')}"
    except PackageNotFoundError:
        return "LiteRT"


def _interface(path: Path) -> tuple[tuple[_Tensor, ...], tuple[_Tensor, ...]]:
    """Inputs and outputs of the file's first signature, else of its first graph, under the tensors' names."""
    root = FlatFile.open(path, TFLITE).root("Model")
    graph = root.tables(SUBGRAPHS, "SubGraph")[0]
    tensors, found = graph.tables(TENSORS_OF, "Tensor"), graph.read()
    names = _signature_names(root)
    inputs, outputs = (
        tuple(_tensor(int(index), tensors[int(index)], names) for index in found[side].tolist())
        for side in ("inputs", "outputs")
    )
    return inputs, outputs


def _signature_names(root: Table) -> dict[int, str]:
    found: dict[str, Any] = root.read()
    names: dict[int, str] = {}
    for signature in found["signature_defs"][:1]:
        for item in (*signature["inputs"], *signature["outputs"]):
            names.setdefault(item["tensor_index"], item["name"] or "")
    return names


def _tensor(index: int, table: Table, names: Mapping[int, str]) -> _Tensor:
    found = table.read()
    dims = found["shape_signature"] if len(found["shape_signature"]) else found["shape"]
    known = found["has_rank"] or len(dims) > 0
    shape = tuple(int(dim) if dim >= 0 else None for dim in dims) if known else None
    spec = TensorSpec(name=names.get(index, found["name"] or f"tensor_{index}"), dtype=found["type"], shape=shape)
    return _Tensor(index=index, spec=spec)


def _plain(array: np.ndarray) -> np.ndarray:
    return array.view(np.uint16) if array.dtype.name == "bfloat16" else array


def _typed(array: np.ndarray, dtype: str) -> np.ndarray:
    return array.view(dtype_named(dtype).numpy()) if dtype == "bfloat16" else array
