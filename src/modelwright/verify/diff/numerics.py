"""Two models run one after the other on the same inputs, their outputs held against each other."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from modelwright.errors import ArtifactInvalid
from modelwright.formats import Dim, TensorSpec
from modelwright.hub.random_inputs import random_inputs
from modelwright.verify.compare import compare_output
from modelwright.verify.diff.findings import NumericsDiff
from modelwright.verify.runners.onnxruntime import CannotRunHere, OnnxRuntimeRunner


class NotComparable(Exception):  # noqa: N818  a finding, not a failure
    """The two models do not take the same inputs."""


def diff_numerics(
    a: Path,
    b: Path,
    *,
    seed: int,
    rtol: float,
    atol: float,
    inputs: Mapping[str, np.ndarray] | None = None,
    method: str = "",
) -> NumericsDiff:
    """Runs two ONNX files in ONNX Runtime, node by node as they are written, and compares their outputs.

    Args:
        a: The first model.
        b: The second.
        seed: Seed of random inputs.
        rtol: Tolerance relative to each output's scale in the first model.
        atol: Absolute tolerance.
        inputs: Own inputs by the names of the first model.
        method: What to call them.
    """
    label = method or f"random inputs (seed {seed})"
    try:
        runner = OnnxRuntimeRunner(a, as_written=True)
        other_inputs = _inputs_of(b)
        pairs = pair_inputs(runner.inputs, other_inputs)
        given = inputs if inputs is not None else random_inputs(shared_specs(pairs), seed=seed)
        expected = runner.run(given)
        name = runner.label
        del runner
        second = OnnxRuntimeRunner(b, as_written=True)
        actual = second.run({theirs.name: _turned(given[mine.name], perm) for mine, theirs, perm in pairs})
    except NotComparable as error:
        return NumericsDiff(method=label, reason=str(error))
    except (CannotRunHere, ArtifactInvalid) as error:
        return NumericsDiff(method=label, reason=error.message)
    return _compared(actual, expected, rtol=rtol, atol=atol, method=label, runner=name)


def _inputs_of(path: Path) -> tuple[TensorSpec, ...]:
    from modelwright.hub.summary import summarize

    return summarize(path).inputs


Paired = tuple[TensorSpec, TensorSpec, tuple[int, ...] | None]


def pair_inputs(a: Sequence[TensorSpec], b: Sequence[TensorSpec]) -> list[Paired]:
    """Inputs that belong together, and how the second's layout comes from the first's.

    By name, then in order among those of one dtype.

    Raises:
        NotComparable: The models take different inputs.
    """
    names = {spec.name: spec for spec in b}
    partners: dict[str, TensorSpec] = {spec.name: names[spec.name] for spec in a if spec.name in names}
    left = [spec for spec in b if spec.name not in partners]
    for spec in a:
        if spec.name in partners:
            continue
        other = next((item for item in left if item.dtype == spec.dtype and _relation(spec, item) is not False), None)
        if other is not None:
            partners[spec.name] = other
            left.remove(other)
    alone = [spec.name for spec in a if spec.name not in partners] + [spec.name for spec in left]
    if alone:
        raise NotComparable(f"only one of the models has the input {', '.join(alone)}")
    return [_paired(spec, partners[spec.name]) for spec in a]


def _paired(a: TensorSpec, b: TensorSpec) -> Paired:
    if a.dtype != b.dtype:
        raise NotComparable(f"input {a.name!r} is of dtype {a.dtype} in the first model and {b.dtype} in the second")
    if "(" in a.dtype:
        raise NotComparable(f"input {a.name!r} is of type {a.dtype}, for which no values can be drawn")
    relation = _relation(a, b)
    if relation is False:
        raise NotComparable(f"input {a.name!r} has shapes that do not fit each other: {a} and {b}")
    return a, b, None if relation is True else relation


def _relation(a: TensorSpec, b: TensorSpec) -> tuple[int, ...] | bool:
    """True when the shapes fit, a permutation when they fit as NCHW and NHWC, else False."""
    if a.shape is None or b.shape is None or _fits(a.shape, b.shape):
        return True
    for perm in layout_permutations(len(a.shape)):
        turned = tuple(a.shape[axis] for axis in perm)
        if _fits(turned, b.shape):
            return perm
    return False


def _fits(a: Sequence[Dim], b: Sequence[Dim]) -> bool:
    if len(a) != len(b):
        return False
    return all(not (isinstance(x, int) and isinstance(y, int)) or x == y for x, y in zip(a, b, strict=True))


def layout_permutations(rank: int) -> list[tuple[int, ...]]:
    """From channels first to channels last and back, for images, volumes and series."""
    if not 3 <= rank <= 5:
        return []
    return [(0, *range(2, rank), 1), (0, rank - 1, *range(1, rank - 1))]


def shared_specs(pairs: Sequence[Paired]) -> tuple[TensorSpec, ...]:
    """The first model's inputs with the sizes that only the second fixes."""
    specs: list[TensorSpec] = []
    symbols: dict[str, int] = {}
    merged: list[tuple[TensorSpec, tuple[Dim, ...] | None]] = []
    for mine, theirs, perm in pairs:
        shape = mine.shape
        if shape is not None and theirs.shape is not None:
            back = theirs.shape if perm is None else tuple(theirs.shape[perm.index(axis)] for axis in range(len(shape)))
            for dim, other in zip(shape, back, strict=True):
                if isinstance(dim, str) and isinstance(other, int):
                    symbols.setdefault(dim, other)
            shape = tuple(
                other if isinstance(other, int) and dim is None else dim for dim, other in zip(shape, back, strict=True)
            )
        elif shape is None:
            shape = theirs.shape
        merged.append((mine, shape))
    for mine, shape in merged:
        known = (
            None if shape is None else tuple(symbols.get(dim, dim) if isinstance(dim, str) else dim for dim in shape)
        )
        specs.append(TensorSpec(name=mine.name, dtype=mine.dtype, shape=known))
    return tuple(specs)


def _turned(array: np.ndarray, perm: tuple[int, ...] | None) -> np.ndarray:
    return array if perm is None else np.ascontiguousarray(array.transpose(perm))


def _compared(
    actual: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
    *,
    rtol: float,
    atol: float,
    method: str,
    runner: str,
) -> NumericsDiff:
    partners = pair_outputs(expected, actual)
    transposed: dict[str, tuple[int, ...]] = {}
    outputs = []
    for name, other in partners.items():
        wanted, got = expected[name], actual[other]
        perm = output_permutation(wanted, got)
        if perm is not None:
            transposed[other] = perm
            wanted = wanted.transpose(perm)
        outputs.append(compare_output(other, got, wanted, rtol=rtol, atol=atol))
    alone = [name for name in expected if name not in partners]
    alone += [name for name in actual if name not in set(partners.values())]
    return NumericsDiff(
        method=method,
        runner=runner,
        outputs=tuple(outputs),
        renamed={other: name for name, other in partners.items() if name != other},
        transposed=transposed,
        unmatched=tuple(alone),
    )


def pair_outputs(a: Mapping[str, np.ndarray], b: Mapping[str, np.ndarray]) -> dict[str, str]:
    """Outputs that belong together: by name, then by shape, then in order."""
    partners = {name: name for name in a if name in b}
    left = [name for name in b if name not in partners]
    rest = [name for name in a if name not in partners]
    for name in rest:
        other = next((item for item in left if b[item].shape == a[name].shape), None)
        if other is not None:
            partners[name] = other
            left.remove(other)
    rest = [name for name in rest if name not in partners]
    if len(rest) == len(left):
        partners |= dict(zip(rest, left, strict=True))
    return {name: partners[name] for name in a if name in partners}


def output_permutation(a: np.ndarray, b: np.ndarray) -> tuple[int, ...] | None:
    """The layout change that makes the shape of ``a`` that of ``b``; None when they have one shape or none fits."""
    if a.shape == b.shape or a.ndim != b.ndim:
        return None
    fitting = (perm for perm in layout_permutations(a.ndim) if tuple(a.shape[axis] for axis in perm) == b.shape)
    return next(itertools.chain(fitting), None)
