"""A Caffe network as plain records, whatever generation of the format it was written in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modelwright.formats import Dim
from modelwright.frontends.caffe.blobs import Blob

Parameters = Mapping[str, Any]
"""Fields of a message by name: numbers, texts, enum names, tuples, further such mappings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer.

    Attributes:
        name: Its name.
        type: Its type under the name of the current format (``Convolution``).
        bottoms: Blobs it takes.
        tops: Blobs it makes; one it also takes is changed in place.
        params: Its parameter messages by field name (``convolution_param``), without fields left out.
        shared: Names of its parameters, empty for those it does not share.
        include: Rules of which one must hold for the layer to be part of the net.
        exclude: Rules of which none may hold.
        line: The line it begins at.
        unknown: Fields that no schema describes: dotted path to line.
        blobs: Its weights, where the prototxt itself holds them.
    """

    name: str
    type: str
    bottoms: tuple[str, ...] = ()
    tops: tuple[str, ...] = ()
    params: Mapping[str, Parameters] = field(default_factory=dict[str, Parameters])
    shared: tuple[str, ...] = ()
    include: tuple[Parameters, ...] = ()
    exclude: tuple[Parameters, ...] = ()
    line: int = 0
    unknown: Mapping[str, int] = field(default_factory=dict[str, int])
    blobs: tuple[Blob, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredInput:
    """An input that the net itself declares.

    Attributes:
        name: The blob.
        shape: Its shape, or None where nothing says it.
        layer: The layer that would load it, empty for ``input:`` fields.
        declared: Whether it was declared as an input, rather than being what a data layer loads.
    """

    name: str
    shape: tuple[Dim, ...] | None
    layer: str = ""
    declared: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network.

    Attributes:
        path: The file it was read from.
        name: Its name.
        layers: Its layers in order, those that only load data left out.
        inputs: Its inputs.
        generation: How it was written: ``current``, ``V1`` or ``V0``.
        state: Phase, level and stages it states for itself.
        notes: What was noticed while reading, a sentence each.
    """

    path: Path
    name: str
    layers: tuple[Layer, ...]
    inputs: tuple[DeclaredInput, ...] = ()
    generation: str = "current"
    state: Parameters = field(default_factory=dict[str, Any])
    notes: Sequence[str] = ()
