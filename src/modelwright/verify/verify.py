"""Checking an artifact: loaded again, run, and held against what the source computes.

``verified`` is said only if every output matched the source's. What could not be compared is ``unverified``, with the
reason; what differs is ``failed``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from modelwright.diagnostics import Status, Verification
from modelwright.errors import ArtifactInvalid
from modelwright.formats import TensorSpec, format_shape
from modelwright.hub.io_atomic import output_errors
from modelwright.hub.random_inputs import has_open_sizes, random_inputs
from modelwright.verify.compare import compare, describe_failures
from modelwright.verify.detections import aligned, has_near_ties
from modelwright.verify.reference import ReferenceData, load_reference
from modelwright.verify.runners.runner import CannotRunHere, Runner, Timed
from modelwright.verify.source import SourceRunFailed, SourceRunner
from modelwright.verify.tolerances import DEFAULT_ATOL, DEFAULT_RTOL


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expectation:
    """The outputs that the inputs should give if anything knows, and where both come from."""

    outputs: dict[str, np.ndarray] | None
    method: str
    reason: str = ""
    detections: frozenset[str] = frozenset()


def verify_artifact(
    path: Path,
    *,
    reference: Path | None = None,
    source: SourceRunner | None = None,
    rtol: float = DEFAULT_RTOL,
    atol: float = DEFAULT_ATOL,
    expected_outputs: Sequence[TensorSpec] = (),
    checks: Sequence[str] = (),
    dims: Mapping[str, int] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    aliases: Mapping[str, str] | None = None,
    seed: int = 0,
    load: Callable[[Path], Runner] | None = None,
    keep: Path | None = None,
) -> Verification:
    """Loads and runs an artifact and compares it with reference data, else with the source, if either is given.

    Args:
        path: The artifact.
        reference: An ``.npz`` of inputs and expected outputs; see ``modelwright.verify.reference``.
        source: A way to run the source on random inputs; not used when there is a reference.
        rtol: Tolerance relative to each output's scale; see ``modelwright.verify.tolerances``.
        atol: Absolute tolerance.
        expected_outputs: Outputs that the source promises; names, dtypes and known sizes must be kept.
        checks: Phrases for what was checked before.
        dims: Sizes of symbolic dimensions of random inputs.
        ranges: Ranges of random inputs, by name.
        aliases: Keys of the reference in the source's names to keys in the artifact's.
        seed: Seed of random inputs.
        load: What loads the artifact; ONNX Runtime in this process by default.
        keep: Where to write, as ``.npz``, the inputs and what the source (else the artifact itself) gives for them.

    Returns:
        ``FAILED`` if values differ, ``VERIFIED`` if all match, else ``UNVERIFIED`` with the reason.

    Raises:
        ArtifactInvalid: The artifact does not load or run, or breaks what the source promises.
        ReferenceDataError: The reference does not fit the artifact.
        ToolError: The tool that should run the source is missing or fails.
    """
    result = Verification(status=Status.UNVERIFIED, checks=tuple(checks), rtol=rtol, atol=atol)
    try:
        runner = (load or _load_here)(path)
        result = replace(result, runner=runner.label, checks=(*result.checks, f"loads in {_runtime(runner)}"))
        _check_promises(path, runner.outputs, expected_outputs)
        guessed = reference is None and has_open_sizes(runner.inputs, dims or {})
        data = load_reference(reference, runner.inputs, runner.outputs, aliases=aliases) if reference else None
        if data is None:
            _check_drawable(runner)
        inputs = data.inputs if data else random_inputs(runner.inputs, seed=seed, dims=dims, ranges=ranges)
        ran = _run(runner, inputs)
    except CannotRunHere as error:
        return replace(result, reason=error.message)
    del runner  # the source is loaded next: two copies of large weights must never be there at once
    method = reference.name if reference else f"random inputs (seed {seed})"
    expectation = _expect(data, source, inputs, method)
    if isinstance(ran, ArtifactInvalid) and data is None and source is not None and expectation.outputs is None:
        again = _without_zeros(inputs)
        if again is not None:
            inputs, method = again, f"{method}, integers without 0"
            ran, expectation = _run((load or _load_here)(path), inputs), _expect(None, source, inputs, method)
    result = replace(result, method=_method(expectation.method, result.runner))
    if isinstance(ran, ArtifactInvalid):
        if not guessed or expectation.outputs is not None:
            raise ran
        return replace(result, reason=f"it does not run on inputs of sizes guessed here ({ran.message})")
    result = replace(result, checks=(*result.checks, f"runs on {_described(inputs)}"), latency_ms=ran.milliseconds)
    _check_shapes(path, ran.outputs, expected_outputs)
    if keep is not None:
        _keep(keep, inputs, {**ran.outputs, **(expectation.outputs or {})})
    if expectation.outputs is None:
        return replace(result, reason=expectation.reason)
    return _judge(result, ran.outputs, expectation.outputs, expectation.detections)


def _runtime(runner: Runner) -> str:
    """The runtime's name without its version."""
    return re.sub(r" v?\d[\w.+]*", "", runner.label, count=1)


def _method(method: str, runner: str) -> str:
    """The method, with what was lowered for the runtime where only the artifact was."""
    _, _, lowered = runner.partition(" (")
    return method if not lowered or lowered in method else f"{method} (the result: {lowered}"


def _keep(path: Path, inputs: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray]) -> None:
    arrays = {f"in:{name}": array for name, array in inputs.items()}
    arrays |= {f"out:{name}": array for name, array in outputs.items()}
    with output_errors(path):
        np.savez(path, allow_pickle=False, **arrays)


def _load_here(path: Path) -> Runner:
    from modelwright.verify.runners.onnxruntime import OnnxRuntimeRunner

    return OnnxRuntimeRunner(path)


def _run(runner: Runner, inputs: Mapping[str, np.ndarray]) -> Timed | ArtifactInvalid:
    try:
        return runner.timed(inputs)
    except ArtifactInvalid as error:
        return error


def _without_zeros(inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray] | None:
    """Inputs with 1 for each integer 0, by which models may divide; None if there are none."""
    if not any(array.dtype.kind in "iu" and not array.all() for array in inputs.values()):
        return None
    return {
        name: np.where(array == 0, 1, array).astype(array.dtype) if array.dtype.kind in "iu" else array
        for name, array in inputs.items()
    }


def _check_drawable(runner: Runner) -> None:
    unknown = [spec for spec in runner.inputs if "(" in spec.dtype]
    if unknown:
        raise CannotRunHere(
            f"input {unknown[0].name!r} is of type {unknown[0].dtype}, for which no values can be drawn"
        )


def _expect(
    data: ReferenceData | None, source: SourceRunner | None, inputs: dict[str, np.ndarray], method: str
) -> _Expectation:
    if data is not None:
        return _Expectation(outputs=data.outputs, method=method)
    if source is None:
        reason = "there is nothing to compare with: no reference data were given and the source was not run"
        return _Expectation(outputs=None, method=method, reason=reason)
    try:
        found = source.run(inputs)
    except SourceRunFailed as error:
        return _Expectation(outputs=None, method=method, reason=error.message)
    return _Expectation(outputs=found.arrays, method=f"{found.label} on {method}", detections=found.detections)


def _described(inputs: Mapping[str, np.ndarray]) -> str:
    sizes = {name: list(array.shape) for name, array in inputs.items()}
    shown = ", ".join(f"{name} {shape}" for name, shape in list(sizes.items())[:4])
    return f"{shown}, ..." if len(sizes) > 4 else shown or "no inputs"


def _check_promises(path: Path, outputs: Sequence[TensorSpec], promised: Sequence[TensorSpec]) -> None:
    """Names and dtypes of the outputs must be those the source promises."""
    found = {spec.name: spec for spec in outputs}
    for spec in promised:
        if spec.name not in found:
            raise ArtifactInvalid(f"{path}: the output {spec.name!r} was lost")
        if spec.dtype not in ("unknown", found[spec.name].dtype):
            raise ArtifactInvalid(
                f"{path}: output {spec.name!r} is of dtype {found[spec.name].dtype} instead of {spec.dtype}"
            )


def _check_shapes(path: Path, outputs: Mapping[str, np.ndarray], promised: Sequence[TensorSpec]) -> None:
    """Sizes that the source promises must be those that come out."""
    for spec in promised:
        shape = outputs[spec.name].shape
        if spec.shape is None:
            continue
        pairs = list(zip(spec.shape, shape, strict=False))
        if len(spec.shape) != len(shape) or any(isinstance(want, int) and want != got for want, got in pairs):
            raise ArtifactInvalid(
                f"{path}: output {spec.name!r} has shape {list(shape)} instead of {format_shape(spec.shape)}"
            )


def _judge(
    result: Verification,
    actual: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
    detections: frozenset[str],
) -> Verification:
    limits = {"rtol": result.rtol, "atol": result.atol}
    rows = {name: aligned(expected[name], actual[name], **limits) for name in actual if name in detections}
    expected = {**expected, **rows}
    comparisons = compare(actual, expected, **limits)
    result = replace(result, outputs=comparisons)
    failed = [item.name for item in comparisons if not item.passed]
    if failed:
        reason = describe_failures(comparisons, expected, **limits)
        if all(name in rows and has_near_ties(rows[name], **limits) for name in failed):
            reason = f"rounding decides which boxes of nearly equal scores stay, and in which order ({reason})"
            return replace(result, reason=reason)
        return replace(result, status=Status.FAILED, reason=reason)
    missing = [name for name in actual if name not in expected]
    if missing:
        return replace(result, reason=f"there are no expected values for {', '.join(missing)}")
    empty = [name for name, array in expected.items() if _says_nothing(array)]
    if empty:
        return replace(result, reason=f"the source itself gives nothing but NaN or infinity for {', '.join(empty)}")
    return replace(result, status=Status.VERIFIED)


def _says_nothing(array: np.ndarray) -> bool:
    return array.dtype.kind in "fc" and array.size > 0 and not np.isfinite(array).any()
