"""What a Caffe model holds, without converting it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modelwright.diagnostics import ModelSummary
from modelwright.errors import ConversionError, ModelNotFoundError
from modelwright.formats import Format, TensorSpec
from modelwright.frontends.caffe.caffemodel import TrainedLayer, TrainedNet, read_caffemodel
from modelwright.frontends.caffe.locate import find_parts
from modelwright.frontends.caffe.network import Network
from modelwright.frontends.caffe.prototxt import read_prototxt
from modelwright.frontends.caffe.wiring import net_outputs, wire


def describe(path: Path, source: Format) -> ModelSummary:
    """What a model holds, as far as its files are there.

    Args:
        path: A stem, a prototxt, a caffemodel or a folder.
        source: The format.

    Raises:
        ModelNotFoundError: There is neither net nor weights.
        ModelFormatError: A file is damaged.
    """
    parts = find_parts(path)
    if parts.prototxt is None and parts.caffemodel is None:
        raise ModelNotFoundError(f"no Caffe model at {path}", hint="give a .prototxt or a .caffemodel")
    network = None if parts.prototxt is None else read_prototxt(parts.prototxt)
    trained = None if parts.caffemodel is None else read_caffemodel(parts.caffemodel)
    files = [item for item in (parts.prototxt, parts.caffemodel) if item is not None]
    return summarize(network, trained, source, files)


def summarize(
    network: Network | None, trained: TrainedNet | None, source: Format, files: Sequence[Path]
) -> ModelSummary:
    """Inputs, outputs and layers of the net; weights of the weights file.

    Args:
        network: The net; None when only the weights are there, which list the layers they were trained with.
        trained: The weights, or None.
        source: The format.
        files: The files read.
    """
    layers = network.layers if network is not None else trained.layers if trained is not None else ()
    types = Counter(layer.type for layer in layers)
    weighted: Sequence[TrainedLayer] = () if trained is None else trained.layers
    blobs = [blob for layer in weighted for blob in layer.blobs]
    return ModelSummary(
        format=source.label,
        inputs=() if network is None else _inputs(network),
        outputs=() if network is None else _outputs(network),
        operators=dict(sorted(types.items(), key=lambda item: (-item[1], item[0]))),
        parameters=sum(blob.count for blob in blobs),
        weight_bytes=sum(blob.data.nbytes for blob in blobs),
        file_bytes=sum(path.stat().st_size for path in files),
        details=_details(network, trained),
        weights_known=trained is not None,
    )


def _inputs(network: Network) -> tuple[TensorSpec, ...]:
    return tuple(TensorSpec(name=item.name, dtype="float32", shape=item.shape) for item in network.inputs)


def _outputs(network: Network) -> tuple[TensorSpec, ...]:
    try:
        found = net_outputs(wire(network))
    except ConversionError:
        return ()
    return tuple(TensorSpec(name=name, dtype="float32", shape=None) for name, _ in found)


def _details(network: Network | None, trained: TrainedNet | None) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if network is not None:
        facts |= {"net": network.path.name, "name": network.name, "written_as": f"{network.generation} format"}
    if trained is not None:
        facts["weights"] = trained.path.name
        if network is not None:
            names = {layer.name for layer in network.layers}
            stale = [layer.name for layer in trained.layers if layer.blobs and layer.name not in names]
            facts["weights_of_no_layer"] = ", ".join(stale)
    elif network is not None:
        facts["weights"] = "none found beside the net"
    return {name: value for name, value in facts.items() if value}
