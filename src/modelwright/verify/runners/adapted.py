"""An artifact seen as the hub has it: the hub's names, layouts and dtypes around whatever runs the artifact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from modelwright.errors import ArtifactInvalid
from modelwright.formats import ArtifactTensor, Dim, TensorSpec
from modelwright.verify.runners.runner import Runner, Timed


class AdaptedRunner:
    """A runner whose inputs and outputs are the hub's.

    Attributes:
        label: The runtime and its version.
        inputs: Inputs under the hub's names, in the hub's layouts and dtypes.
        outputs: Outputs likewise.
    """

    def __init__(
        self,
        runner: Runner,
        inputs: Sequence[ArtifactTensor],
        outputs: Sequence[ArtifactTensor],
        hub: Mapping[str, TensorSpec],
    ) -> None:
        """Wraps a runner.

        Args:
            runner: What runs the artifact.
            inputs: Inputs that differ from the hub's.
            outputs: Outputs that differ from the hub's.
            hub: The inputs and outputs as the hub has them, by name: their dtypes, and which open sizes are equal,
                where the artifact does not tell.

        Raises:
            ArtifactInvalid: The artifact has no input or output of a name that it should have.
        """
        self.label = runner.label
        self._runner = runner
        self._inputs, self._outputs = tuple(inputs), tuple(outputs)
        self.inputs = _specs(runner.inputs, inputs, hub)
        self.outputs = _specs(runner.outputs, outputs, hub)

    def timed(self, arrays: Mapping[str, np.ndarray]) -> Timed:
        """Outputs as the hub's, and how long a run takes."""
        given = dict(arrays)
        for item in self._inputs:
            given[item.artifact] = _to_artifact(given.pop(item.name), item)
        found = self._runner.timed(given)
        places = {item.artifact: item for item in self._outputs}
        dtypes = {spec.name: spec.dtype for spec in self.outputs}
        outputs: dict[str, np.ndarray] = {}
        for name, array in found.outputs.items():
            item = places.get(name)
            outputs[name if item is None else item.name] = (
                array if item is None else _to_hub(array, item, dtypes[item.name])
            )
        return Timed(outputs=outputs, milliseconds=found.milliseconds)


def _specs(
    found: Sequence[TensorSpec], changed: Sequence[ArtifactTensor], hub: Mapping[str, TensorSpec]
) -> tuple[TensorSpec, ...]:
    places = {item.artifact: item for item in changed}
    lost = sorted(set(places) - {spec.name for spec in found})
    if lost:
        raise ArtifactInvalid(f"the artifact has no tensor {lost[0]!r}", hint="this is a fault of modelwright")
    return tuple(_spec(spec, places.get(spec.name), hub) for spec in found)


def _spec(spec: TensorSpec, item: ArtifactTensor | None, hub: Mapping[str, TensorSpec]) -> TensorSpec:
    name = spec.name if item is None else item.name
    theirs = hub.get(name, spec)
    dtype = spec.dtype if item is None or item.dtype is None else theirs.dtype
    shape = spec.shape
    if shape is not None and item is not None and item.perm is not None:
        shape = tuple(shape[axis] for axis in np.argsort(item.perm))
    return replace(spec, name=name, dtype=dtype, shape=_named(shape, theirs.shape))


def _named(shape: tuple[Dim, ...] | None, theirs: tuple[Dim, ...] | None) -> tuple[Dim, ...] | None:
    """Sizes that are not known under the hub's names, so that those of one name are chosen alike."""
    if shape is None or theirs is None or len(shape) != len(theirs):
        return shape
    return tuple(
        their if own is None and isinstance(their, str) else own for own, their in zip(shape, theirs, strict=True)
    )


def _to_artifact(array: np.ndarray, item: ArtifactTensor) -> np.ndarray:
    if item.perm is not None:
        array = np.ascontiguousarray(array.transpose(item.perm))
    if item.dtype is None:
        return array
    if item.scale is None:
        return array.astype(item.dtype)
    limits = np.iinfo(item.dtype)
    steps = np.rint(array.astype(np.float64) / item.scale) + item.zero_point
    return np.clip(steps, limits.min, limits.max).astype(item.dtype)


def _to_hub(array: np.ndarray, item: ArtifactTensor, dtype: str) -> np.ndarray:
    if item.dtype is not None:
        if item.scale is not None:
            array = (array.astype(np.float64) - item.zero_point) * item.scale
        array = array.astype(dtype)
    return array if item.perm is None else array.transpose(np.argsort(item.perm))
