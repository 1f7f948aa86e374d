"""Reads trained weights: binary caffemodels of all generations, and weights in text form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from modelwright.errors import ModelFormatError
from modelwright.frontends.caffe.blobs import Blob, blob_of
from modelwright.frontends.caffe.generations import V0_TYPES, V1_TYPES
from modelwright.frontends.caffe.phases import State
from modelwright.frontends.caffe.prototxt import read_prototxt
from modelwright.frontends.caffe.recognize import is_hdf5, is_text
from modelwright.schemas.pool import load_schema
from modelwright.schemas.spans import SpanStore, map_file
from modelwright.schemas.wire import parse

_HDF5_HINT: Final = "in Caffe, load it and save it with `net.save('weights.caffemodel')`, which writes protobuf"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedLayer:
    """What a weights file says of one layer.

    Attributes:
        name: Its name.
        type: Its type.
        blobs: Its weights.
    """

    name: str
    type: str
    blobs: tuple[Blob, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedNet:
    """A weights file.

    Attributes:
        path: The file.
        layers: Its layers in order, also those without weights.
    """

    path: Path
    layers: tuple[TrainedLayer, ...]


def read_caffemodel(path: Path) -> TrainedNet:
    """Reads weights, which stay in the mapped file as far as they are float32.

    Args:
        path: A caffemodel, binary or in text form.

    Raises:
        ModelNotFoundError: It cannot be read.
        ModelFormatError: It is HDF5, damaged or truncated, or no caffemodel; names layer or byte.
    """
    if is_hdf5(path):
        raise ModelFormatError(f"{path} is an HDF5 file, in which Caffe keeps weights too", hint=_HDF5_HINT)
    if is_text(path):
        network = read_prototxt(path, State())
        layers = [TrainedLayer(name=item.name, type=item.type, blobs=item.blobs) for item in network.layers]
        return TrainedNet(path=path, layers=tuple(layers))
    spans = SpanStore()
    index = spans.add(map_file(path), str(path))
    net = parse(load_schema("caffe").message("NetParameter"), spans, index)
    if not net.layer and not net.layers:
        raise ModelFormatError(
            f"{path}: no net in it: there is no layer", hint="give the .caffemodel that the training wrote"
        )
    return TrainedNet(path=path, layers=tuple(_layers(net, spans, path)))


def _layers(net: Any, spans: SpanStore, path: Path) -> Iterator[TrainedLayer]:
    types = {number: name for name, number in load_schema("caffe").enum("V1LayerParameter.LayerType").items()}
    for layer in net.layers:
        if layer.HasField("layer"):
            old = layer.layer
            yield _layer(old.name, V0_TYPES.get(str(old.type), str(old.type)), old, spans, path)
        else:
            yield _layer(layer.name, V1_TYPES.get(str(types.get(layer.type)), ""), layer, spans, path)
    for layer in net.layer:
        yield _layer(layer.name, layer.type, layer, spans, path)


def _layer(name: str, layer_type: str, proto: Any, spans: SpanStore, path: Path) -> TrainedLayer:
    blobs: Iterable[Blob] = (
        blob_of(blob, spans, f"{path}: layer {name!r}: blob {number}") for number, blob in enumerate(proto.blobs)
    )
    return TrainedLayer(name=name, type=layer_type, blobs=tuple(blobs))
