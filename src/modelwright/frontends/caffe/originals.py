"""Prototxt and caffemodel as what vendors' compilers take, with Caffe's own layers."""

from __future__ import annotations

import shutil
from pathlib import Path

from modelwright.formats import Original, OriginalKind
from modelwright.frontends.caffe.caffemodel import TrainedNet
from modelwright.frontends.caffe.interface import Interface, Port
from modelwright.frontends.caffe.network import Network
from modelwright.hub.io_atomic import output_errors


def originals(network: Network, trained: TrainedNet | None, interface: Interface) -> tuple[Original, ...]:
    """The two files as they are, or nothing when what is converted is not the net as they describe it.

    Args:
        network: The net.
        trained: Its weights.
        interface: What is converted of it.
    """
    declared = {(item.name, 0) for item in network.inputs if item.declared}
    lossless = not any(step.layer.type.endswith("Loss") for step in interface.steps)
    whole = lossless and not interface.dropped and all(port.version in declared for port in interface.inputs)
    if trained is None or not whole:
        return ()
    names = {port.name: port.blob for port in interface.inputs}
    names |= {port.name: _node(port, interface) for port in interface.outputs}

    def write(folder: Path, stem: str) -> tuple[Path, ...]:
        made = folder / f"{stem}.prototxt", folder / f"{stem}.caffemodel"
        for path, source in zip(made, (network.path, trained.path), strict=True):
            with output_errors(path):
                shutil.copyfile(source, path)
        return made

    return (Original(kind=OriginalKind.CAFFE, names=names, write=write),)


def _node(port: Port, interface: Interface) -> str:
    """``layer:index`` of what makes an output."""
    for step in interface.steps:
        if port.version in step.makes:
            return f"{step.layer.name}:{step.makes.index(port.version)}"
    return port.blob
