"""Weights matched to layers by name, as Caffe does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from modelwright.errors import ConversionError, ModelNotFoundError
from modelwright.frontends.caffe.blobs import Blob
from modelwright.frontends.caffe.caffemodel import TrainedNet
from modelwright.frontends.caffe.network import Layer, Network
from modelwright.frontends.caffe.operators import FACTS

_SHOWN: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerWeights:
    """The weights of one layer.

    Attributes:
        blobs: Its blobs.
        owners: For each, the layer and number that it belongs to; another layer's where it is shared.
    """

    blobs: tuple[Blob, ...] = ()
    owners: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Weights by layer.

    Attributes:
        weights: Those of each layer that has any, by name.
        stale: Layers of the weights file that the net does not have.
        source: What the weights come from, for messages.
    """

    weights: Mapping[str, LayerWeights]
    stale: tuple[str, ...]
    source: str


def match_weights(network: Network, trained: TrainedNet | None) -> Matched:
    """Gives each layer of a net its weights: those of the file, else those in the prototxt itself.

    Args:
        network: The net.
        trained: The weights file, or None.

    Raises:
        ConversionError: Two layers with weights have one name.
    """
    named = {} if trained is None else {layer.name: layer.blobs for layer in trained.layers if layer.blobs}
    _check_names(network, named)
    blobs = {layer.name: named.get(layer.name) or layer.blobs for layer in network.layers}
    own = {name: LayerWeights(blobs=found, owners=_own(name, found)) for name, found in blobs.items() if found}
    present = {layer.name for layer in network.layers}
    return Matched(
        weights=own | _shared(network.layers, own),
        stale=tuple(name for name in named if name not in present),
        source=network.path.name if trained is None else trained.path.name,
    )


def _own(name: str, blobs: Sequence[Blob]) -> tuple[tuple[str, int], ...]:
    return tuple((name, number) for number in range(len(blobs)))


def _check_names(network: Network, named: Mapping[str, Sequence[Blob]]) -> None:
    counts = Counter(layer.name for layer in network.layers)
    for layer in network.layers:
        if counts[layer.name] > 1 and (layer.name in named or FACTS.needs_weights(layer.type, len(layer.bottoms))):
            raise ConversionError(
                f"{network.path}:{layer.line}: {counts[layer.name]} layers are called {layer.name!r}, and weights are "
                "matched by name",
                hint="give each layer its own name, as it was when the net was trained",
                node=layer.name,
            )


def _shared(layers: Sequence[Layer], own: Mapping[str, LayerWeights]) -> dict[str, LayerWeights]:
    """Layers whose parameters have the names of others' take them from the first layer that has weights."""
    owners: dict[str, tuple[Blob, tuple[str, int]]] = {}
    for layer in layers:
        for number, (name, blob) in enumerate(
            zip(layer.shared, own.get(layer.name, LayerWeights()).blobs, strict=False)
        ):
            if name:
                owners.setdefault(name, (blob, (layer.name, number)))
    found: dict[str, LayerWeights] = {}
    for layer in layers:
        if not any(name in owners for name in layer.shared):
            continue
        mine = own.get(layer.name, LayerWeights())
        pairs = list(zip(mine.blobs, mine.owners, strict=True))
        for number, name in enumerate(layer.shared):
            if name in owners:
                pairs[number : number + 1] = [owners[name]]
        found[layer.name] = LayerWeights(
            blobs=tuple(item[0] for item in pairs), owners=tuple(item[1] for item in pairs)
        )
    return found


def check_missing(layers: Iterable[Layer], matched: Matched, network: Network, *, given: bool) -> None:
    """All layers that need weights must have some.

    Args:
        layers: The layers to be converted.
        matched: Their weights.
        network: The net, for messages.
        given: Whether there is a weights file at all.

    Raises:
        ModelNotFoundError: There is none, but it is needed.
        ConversionError: Layers have no weights; the first of them are named.
    """
    missing = [
        layer.name
        for layer in layers
        if FACTS.needs_weights(layer.type, len(layer.bottoms)) and layer.name not in matched.weights
    ]
    if not missing:
        return
    if not given:
        raise ModelNotFoundError(
            f"no weights beside {network.path}: {len(missing)} layers need some ({_listed(missing)})",
            hint="name the trained weights with --caffemodel FILE.caffemodel",
        )
    stale = f"; it has weights of other layers: {_listed(matched.stale)}" if matched.stale else ""
    noun = "layer of the net has" if len(missing) == 1 else "layers of the net have"
    raise ConversionError(
        f"{len(missing)} {noun} no weights in {matched.source}: {_listed(missing)}{stale}",
        hint="weights are matched by the layers' names: give the caffemodel that was trained with this prototxt",
    )


def _listed(names: Sequence[str]) -> str:
    more = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
