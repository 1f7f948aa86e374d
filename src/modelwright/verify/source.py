"""The source model as something that can be run beside the artifact, whatever runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelwright.errors import ReferenceDataError
from modelwright.formats import Format

if TYPE_CHECKING:
    import numpy as np

Arrays = Mapping[str, "np.ndarray"]


class SourceRunFailed(ReferenceDataError):  # noqa: N818  named like VerificationFailed
    """The source model itself does not run on the inputs; says nothing about the artifact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One input or output: what the artifact and the source call it, and how their layouts relate.

    Attributes:
        name: The artifact's name.
        source: The source's name.
        perm: For an input, ``source = artifact.transpose(perm)``; for an output, ``artifact = source.transpose(perm)``.
            None when the layouts are the same.
    """

    name: str
    source: str
    perm: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceQuery:
    """A source that is to be run, as the pipeline knows it; what a frontend's ``source_run`` function is given.

    Attributes:
        model: File or folder of the source, or of what the frontend made of it for this purpose.
        format: What it is.
        inputs: The artifact's inputs and what the source calls them.
        outputs: The artifact's outputs, likewise.
        python: The interpreter that the user named, or None.
        details: What the frontend left for its runner.
    """

    model: Path
    format: Format
    inputs: tuple[Binding, ...]
    outputs: tuple[Binding, ...]
    python: Path | None = None
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceResult:
    """What the source gave.

    Attributes:
        arrays: Its outputs by the ARTIFACT's names, in the artifact's layouts.
        label: What ran it, with version.
        detections: Outputs of rows of detections, whose order nearly equal scores leave open.
    """

    arrays: dict[str, np.ndarray]
    label: str
    detections: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRunner:
    """A way to run the source model.

    Attributes:
        label: What will run it: ``TensorFlow``.
        run: Takes inputs by the ARTIFACT's names; raises ``SourceRunFailed`` when the source does not run on them.
    """

    label: str
    run: Callable[[Arrays], SourceResult]


def to_source(arrays: Arrays, bindings: Sequence[Binding]) -> dict[str, np.ndarray]:
    """The artifact's inputs under the source's names and in its layouts."""
    return {
        binding.source: arrays[binding.name] if binding.perm is None else arrays[binding.name].transpose(binding.perm)
        for binding in bindings
    }


def from_source(arrays: Arrays, bindings: Sequence[Binding]) -> dict[str, np.ndarray]:
    """The source's outputs under the artifact's names and in its layouts."""
    return {
        binding.name: arrays[binding.source] if binding.perm is None else arrays[binding.source].transpose(binding.perm)
        for binding in bindings
    }
