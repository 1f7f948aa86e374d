"""What is converted of a net: its inputs with their shapes, its outputs, and the layers between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from modelwright.errors import ShapeError, UsageError
from modelwright.formats import Dim, NamedShape
from modelwright.frontends.caffe.builder import MOST_ELEMENTS
from modelwright.frontends.caffe.network import Network
from modelwright.frontends.caffe.training import DROPPED
from modelwright.frontends.caffe.wiring import Step, Version, Wiring, named_versions, needed_steps, net_outputs, wire

BATCH: Final = "batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """An input or output.

    Attributes:
        name: Its name in the result.
        blob: The blob.
        version: Which version of it.
        shape: An input's shape, or the one the user states for an output; None where none is said.
    """

    name: str
    blob: str
    version: Version
    shape: tuple[Dim, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """What is converted.

    Attributes:
        inputs: The inputs.
        outputs: The outputs.
        steps: The layers in between, in order.
        cut: Whether inputs or outputs are not the net's own.
        dropped: Layers of the net that only training needs.
    """

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    steps: tuple[Step, ...]
    cut: bool
    dropped: tuple[str, ...]


def choose_interface(
    network: Network,
    *,
    inputs: Sequence[NamedShape] = (),
    outputs: Sequence[NamedShape] = (),
    rename_inputs: Sequence[str] = (),
    rename_outputs: Sequence[str] = (),
    dynamic_batch: bool = False,
) -> Interface:
    """Settles what is converted.

    Args:
        network: The net.
        inputs: Shapes for the net's inputs, or blobs at which it is to be cut, with their shapes.
        outputs: Blobs that are wanted; by default those that no layer takes.
        rename_inputs: Names for the inputs, in order.
        rename_outputs: Names for the outputs, in order.
        dynamic_batch: Whether the first dimension of inputs becomes symbolic.

    Raises:
        ConversionError: The net is not connected as it should be.
        UnknownNameError: A blob is not there.
        ShapeError: An input has no shape.
        UsageError: Names and tensors do not agree in number.
    """
    wiring = wire(network)
    wanted = _outputs(wiring, outputs)
    shapes = {named_versions(wiring, item.name, "input")[0]: item for item in inputs}
    cuts = [version for version in shapes if version not in wiring.inputs]
    steps = needed_steps(wiring, [version for version, _ in wanted], [*shapes, *wiring.inputs])
    used = {item for step in steps for item in step.takes} | {version for version, _ in wanted}
    found = [version for version in wiring.inputs if version in used or _stays(wiring, version, cuts)]
    ports = [_input(wiring, version, shapes.get(version), dynamic_batch=dynamic_batch) for version in [*cuts, *found]]
    kept = {id(step) for step in steps}
    left = [step.layer for step in wiring.steps if id(step) not in kept and step.layer.type in DROPPED]
    return Interface(
        inputs=_renamed(ports, rename_inputs, "input"),
        outputs=_outputs_renamed(wanted, rename_outputs),
        steps=tuple(steps),
        cut=bool(outputs or cuts),
        dropped=tuple(f"{layer.type} {layer.name!r}" for layer in left),
    )


def _stays(wiring: Wiring, version: Version, cuts: Sequence[Version]) -> bool:
    """Whether an input that nothing uses is part of the result: one the net declares, unless it was cut off."""
    return wiring.inputs[version].declared and not cuts and len(wiring.inputs) == 1


def _outputs(wiring: Wiring, outputs: Sequence[NamedShape]) -> list[tuple[Version, NamedShape | None]]:
    if outputs:
        return [(version, item) for item in outputs for version in named_versions(wiring, item.name, "output")]
    found = net_outputs(wiring) or net_outputs(wiring, silent=frozenset())
    if not found:
        raise UsageError("the net has no outputs: every blob is taken by a layer", hint="name outputs with --outputs")
    return [(version, None) for version in found]


def _input(wiring: Wiring, version: Version, given: NamedShape | None, *, dynamic_batch: bool) -> Port:
    blob = version[0]
    declared = wiring.inputs.get(version)
    own = None if declared is None else declared.shape
    shape = given.shape if given is not None and given.shape is not None else own
    if shape is None:
        where = f", which layer {declared.layer!r} loads," if declared is not None and declared.layer else ""
        raise ShapeError(
            f"nothing says which shape the input {blob!r}{where} has",
            hint=f"give it: --inputs {blob}[1,3,224,224]",
        )
    if own is not None and len(own) != len(shape):
        raise ShapeError(
            f"input {blob!r} has {len(own)} dimensions in the net but {len(shape)} are given",
            hint=f"the net says {list(own)}",
        )
    if any(isinstance(dim, int) and dim <= 0 for dim in shape):
        raise ShapeError(f"input {blob!r} has the shape {list(shape)}", hint=f"give it: --inputs {blob}[1,3,224,224]")
    if math.prod(dim for dim in shape if isinstance(dim, int)) > MOST_ELEMENTS:
        raise ShapeError(
            f"input {blob!r} of shape {list(shape)} is larger than a blob of Caffe may be (2^31 - 1 elements)",
            hint=f"check the net's sizes, or give others: --inputs {blob}[1,3,224,224]",
        )
    named = tuple(
        dim if dim is not None else BATCH if axis == 0 else f"{blob}_dim{axis}" for axis, dim in enumerate(shape)
    )
    return Port(name=blob, blob=blob, version=version, shape=(BATCH, *named[1:]) if dynamic_batch else named)


def _renamed(ports: Sequence[Port], names: Sequence[str], kind: str) -> tuple[Port, ...]:
    if not names:
        return tuple(ports)
    if len(names) != len(ports):
        raise UsageError(
            f"--rename-{kind}s gives {len(names)} names but the net has {len(ports)} {kind}s",
            hint=f"the {kind}s are {', '.join(port.blob for port in ports)}",
        )
    return tuple(
        Port(name=name, blob=port.blob, version=port.version, shape=port.shape)
        for name, port in zip(names, ports, strict=True)
    )


def _outputs_renamed(wanted: Sequence[tuple[Version, NamedShape | None]], names: Sequence[str]) -> tuple[Port, ...]:
    ports = [
        Port(name=version[0], blob=version[0], version=version, shape=None if item is None else item.shape)
        for version, item in wanted
    ]
    return _renamed(ports, names, "output")
