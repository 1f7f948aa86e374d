"""Running ONNX files in ONNX Runtime on the processor."""

from __future__ import annotations

import importlib
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime

from modelwright.errors import ArtifactInvalid
from modelwright.formats import Dim, TensorSpec
from modelwright.verify.runners.lowered import is_too_new, newest_of, write_lowered
from modelwright.verify.runners.pieces import large_session
from modelwright.verify.runners.runner import CannotRunHere, Timed, timed
from modelwright.verify.source import (
    Arrays,
    Binding,
    SourceResult,
    SourceRunFailed,
    SourceRunner,
    from_source,
    to_source,
)

_states: Any = importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")

_SILENT: Final = 4
_PROVIDER: Final = "CPUExecutionProvider"
_DTYPES = {"float": "float32", "double": "float64"}
RUNNABLE = frozenset(
    "float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool string complex64 complex128".split()
)
"""Dtypes of tensors that can be passed to the runtime and back."""

_FAILURES: tuple[type[Exception], ...] = (
    _states.Fail,
    _states.InvalidArgument,
    _states.InvalidGraph,
    _states.InvalidProtobuf,
    _states.NoModel,
    _states.NoSuchFile,
    _states.NotImplemented,
    _states.RuntimeException,
    ValueError,
)

_BEYOND_THIS_RUNTIME = (
    (
        re.compile(r"Unsupported model IR version: (\d+), max supported IR version: (\d+)"),
        "IR version {0} is newer than {1}",
    ),
    (re.compile(r"Opset (\d+) is under development"), "opset {0} is newer than it supports"),
    (re.compile(r"Fatal error: (\S+?)\(-?\d+\) is not a registered function/op"), "it has no operator {0}"),
    (
        re.compile(r"Could not find an implementation for (\S+) node with name '(.*?)'"),
        "it has no kernel for {0} (node {1!r})",
    ),
    (re.compile(r"No Op registered for (\S+) with domain_version of (\d+)"), "it has no operator {0} at opset {1}"),
)
"""What says that the runtime, not the model, is at fault. The checker has found unknown operators before."""

_NODE = re.compile(r"In Node, \(\"(?P<a>[^\"]*)\"|Node \((?P<b>[^)]*)\) Op|Name:'(?P<c>[^']*)'|Node:(?P<d>\S+)")
_NOISE = re.compile(
    r"^\[ONNXRuntimeError\] : \d+ : \w+ : |Load model from .*? failed:|/\S+\.(?:cc|h):\d+ .*?\) (?=[A-Z])"
)


SHARED_WEIGHTS: Final = "Attempt to replace the existing tensor"
"""What ONNX Runtime (1.31) says of models where two nodes share a quantized weight, if it is to make products exact."""

_ONE_RELU: Final = (
    b'\x08\x07:3\n\x0c\n\x01x\x12\x01y"\x04Relu\x12\x01gZ\x0f\n\x01x\x12\n\n\x08\x08\x01\x12\x04\n\x02\x08\x01'
    b"b\x0f\n\x01y\x12\n\n\x08\x08\x01\x12\x04\n\x02\x08\x01B\x04\n\x00\x10\r"
)
"""An ONNX model of one node, ``y = Relu(x)``, serialized."""


def warm_up() -> None:
    """Makes a first session, so that the next one need not wait for what the runtime sets up once (40 ms)."""
    onnxruntime.InferenceSession(_ONE_RELU, _options(), providers=["CPUExecutionProvider"])


class OnnxRuntimeRunner:
    """A session on one file.

    Attributes:
        label: The runtime and its version, and what was lowered for it.
        inputs: The model's inputs.
        outputs: The model's outputs.
        in_pieces: Whether the model is so large that it runs piece by piece; see ``modelwright.verify.runners.pieces``.
    """

    def __init__(self, path: Path, *, as_written: bool = False) -> None:
        """Loads the file, external data included, with as many threads as this process may use cores.

        Everything is optimized but the memory layout: re-ordering the weights for the processor takes twice the memory
        and longer than the one or few runs here gain by it. Products of uint8 and int8 are exact: by default they
        saturate on x86 processors without VNNI, which says something of the processor and nothing of the conversion.
        Idle threads sleep: for a single run they would keep from a core what else goes on beside it.

        A model newer than the runtime is loaded as a copy in an older opset or IR version, which the label tells.

        Args:
            path: The model's file.
            as_written: Run node by node what the file says, without any optimization.

        Raises:
            CannotRunHere: Versions, operators or dtypes are beyond this runtime.
            ArtifactInvalid: The model does not load.
        """
        self.label = f"ONNX Runtime {onnxruntime.__version__}"
        try:
            try:
                self._open(path, _options(as_written=as_written))
            except _FAILURES as error:
                if SHARED_WEIGHTS not in str(error):
                    raise
                self._open(path, _options(as_written=as_written, exact=False))
        except _FAILURES as error:
            lowered = _lowered_session(path, _options(as_written=as_written)) if is_too_new(str(error)) else None
            if lowered is None:
                raise _explained(error, path, "does not load") from error
            self.in_pieces = False
            self._session, what = lowered
            self.label += f" ({what})"
        self._path = path
        self.inputs = tuple(_spec(item) for item in self._session.get_inputs())
        self.outputs = tuple(_spec(item) for item in self._session.get_outputs())

    def _open(self, path: Path, options: Any) -> None:
        pieces = large_session(path, options)
        self.in_pieces = pieces is not None
        self._session: Any = pieces or onnxruntime.InferenceSession(path, options, providers=[_PROVIDER])

    def run(self, arrays: Mapping[str, np.ndarray], only: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """Outputs by name, in the model's order.

        Args:
            arrays: All inputs, by name.
            only: Outputs wanted; None for all.

        Raises:
            CannotRunHere: An input or output is of a type that cannot be passed.
            ArtifactInvalid: The model fails on these inputs.
        """
        wanted = [spec for spec in self.outputs if only is None or spec.name in only]
        for spec in (*self.inputs, *wanted):
            if spec.dtype not in RUNNABLE:
                raise CannotRunHere(f"tensors of type {spec.dtype} ({spec.name!r}) cannot be passed from here")
        feeds = {name: array.astype(object) if array.dtype.kind in "SU" else array for name, array in arrays.items()}
        names = [spec.name for spec in wanted]
        try:
            results = self._session.run(names, feeds)
        except _FAILURES as error:
            raise _explained(error, self._path, "does not run") from error
        return {name: np.asarray(result) for name, result in zip(names, results, strict=True)}

    def timed(self, arrays: Mapping[str, np.ndarray]) -> Timed:
        """As ``run``, with the time a run takes, which says nothing for a model in pieces."""
        if self.in_pieces:
            return Timed(outputs=self.run(arrays), milliseconds=None)
        return timed(self.run, arrays)


def load(path: Path, python: Path | None) -> OnnxRuntimeRunner:
    """The runner for an artifact, in this process.

    Args:
        path: The file.
        python: Not used: the runtime is part of modelwright.

    Raises:
        CannotRunHere: Versions, operators or dtypes are beyond this runtime.
        ArtifactInvalid: The model does not load.
    """
    del python
    return OnnxRuntimeRunner(path)


def load_leniently(path: Path) -> OnnxRuntimeRunner:
    """The runner for a model that others are to run, without optimizations where those spoil it.

    Args:
        path: The file.

    Raises:
        CannotRunHere: Versions, operators or dtypes are beyond this runtime.
        ArtifactInvalid: The model does not load in either way.
    """
    try:
        return OnnxRuntimeRunner(path)
    except ArtifactInvalid as error:
        try:
            found = OnnxRuntimeRunner(path, as_written=True)
        except (ArtifactInvalid, CannotRunHere):
            raise error from None
        found.label += " without optimizations"
        return found


def onnx_source(path: Path, inputs: Sequence[Binding], outputs: Sequence[Binding]) -> SourceRunner:
    """A source model that is ONNX itself, run in ONNX Runtime.

    Args:
        path: The source file.
        inputs: How the artifact's inputs relate to the source's.
        outputs: How the artifact's outputs relate to the source's.
    """
    label = f"the source in ONNX Runtime {onnxruntime.__version__}"

    def run(arrays: Arrays) -> SourceResult:
        try:
            runner = load_leniently(path)
            label = f"the source in {runner.label}"
            known = {spec.name for spec in runner.outputs}
            missing = [binding.source for binding in outputs if binding.source not in known]
            if missing:
                raise SourceRunFailed(f"{', '.join(missing)}: not among the outputs of the source")
            return SourceResult(arrays=from_source(runner.run(to_source(arrays, inputs)), outputs), label=label)
        except (ArtifactInvalid, CannotRunHere) as error:
            raise SourceRunFailed(f"the source itself: {error.message}") from error

    return SourceRunner(label=label, run=run)


def _lowered_session(path: Path, options: Any) -> tuple[Any, str] | None:
    """A session on a copy in older versions, and what was lowered; None if there can be none."""
    newest = newest_of(_load_bytes)
    with tempfile.TemporaryDirectory(prefix="modelwright-") as folder:
        copy = Path(folder) / "lowered.onnx"
        lowered = write_lowered(path, copy, newest) if newest is not None else ""
        try:
            return (onnxruntime.InferenceSession(copy, options, providers=[_PROVIDER]), lowered) if lowered else None
        except _FAILURES:
            return None


def _load_bytes(model: bytes) -> object:
    return onnxruntime.InferenceSession(model, _options(), providers=[_PROVIDER])


def _options(*, as_written: bool = False, exact: bool = True) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _SILENT
    options.intra_op_num_threads = _cores()
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.x64quantprecision", "1" if exact else "0")
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_DISABLE_ALL if as_written else levels.ORT_ENABLE_EXTENDED
    if as_written:  # prepacked weights would be copies, made for a single run
        options.add_session_config_entry("session.disable_prepacking", "1")
    return options


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _spec(item: Any) -> TensorSpec:
    match = re.fullmatch(r"tensor\((\w+)\)", item.type)
    dtype = _DTYPES.get(match[1], match[1]) if match else item.type
    shape: tuple[Dim, ...] | None = tuple(item.shape) if item.shape is not None else None
    return TensorSpec(name=item.name, dtype=dtype, shape=shape)


def _explained(error: Exception, path: Path, what: str) -> CannotRunHere | ArtifactInvalid:
    text = str(error)
    for pattern, phrase in _BEYOND_THIS_RUNTIME:
        found = pattern.search(text)
        if found:
            reason = phrase.format(*found.groups())
            return CannotRunHere(f"ONNX Runtime {onnxruntime.__version__} cannot run it: {reason}")
    match = _NODE.search(text)
    node = next((name for name in match.groups() if name), "") if match else ""
    reason = " ".join(_NOISE.sub("", text).split())[:600]
    where = f" at node {node!r}" if node else ""
    return ArtifactInvalid(
        f"{path}: the model {what} in ONNX Runtime{where}: {reason}",
        hint="this is a fault of the conversion or of the source model; report it with the node's name",
        node=node,
    )
