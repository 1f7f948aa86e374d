"""Which layer makes what each layer takes: blobs with the version that stands at each place of the net.

A blob that layers change in place has a version for each change. Cutting a net, finding its outputs and dropping what
they do not need all follow the versions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from modelwright.errors import ConversionError, UnknownNameError, unknown_name
from modelwright.frontends.caffe.network import DeclaredInput, Layer, Network
from modelwright.frontends.caffe.training import DROPPED, REDUCED, SILENT

Version = tuple[str, int]
"""A blob's name and how many layers have written it before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A layer with the versions of the blobs that it takes and makes."""

    layer: Layer
    takes: tuple[Version, ...]
    makes: tuple[Version, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """A net whose blobs are resolved.

    Attributes:
        steps: Its layers in order.
        inputs: The version that each input is.
        last: The last version of each blob.
    """

    steps: tuple[Step, ...]
    inputs: Mapping[Version, DeclaredInput]
    last: Mapping[str, Version]


@dataclass(slots=True, kw_only=True)
class _Wire:
    network: Network
    last: dict[str, Version] = field(default_factory=dict[str, Version])
    makers: dict[str, str] = field(default_factory=dict[str, str])
    problems: list[str] = field(default_factory=list[str])

    def fail(self, layer: Layer, reason: str) -> None:
        self.problems.append(f"{self.network.path}:{layer.line}: {layer.type} {layer.name!r}: {reason}")

    def take(self, layer: Layer, later: Mapping[str, Layer]) -> tuple[Version, ...]:
        bottoms = layer.bottoms[:1] if layer.type in REDUCED else layer.bottoms
        if layer.type in DROPPED:
            return tuple(self.last[blob] for blob in bottoms if blob in self.last)
        for blob in bottoms:
            if blob not in self.last:
                self.fail(layer, f"its bottom {blob!r} {_reason(blob, layer, later)}")
        return tuple(self.last.get(blob, (blob, 0)) for blob in bottoms)

    def make(self, layer: Layer) -> tuple[Version, ...]:
        made: list[Version] = []
        if layer.type in DROPPED:
            return ()
        tops = layer.tops or ((layer.name,) if layer.type in REDUCED else ())
        for index, blob in enumerate(tops):
            if blob in tops[:index]:
                self.fail(layer, f"its top {blob!r} is listed twice")
            elif blob in self.last and blob not in layer.bottoms:
                self.fail(layer, f"its top {blob!r} is already made by {self.makers.get(blob, 'an input')}")
            version = (blob, self.last[blob][1] + 1) if blob in self.last else (blob, 0)
            self.last[blob] = version
            self.makers[blob] = f"layer {layer.name!r}"
            made.append(version)
        return tuple(made)


def _reason(blob: str, layer: Layer, later: Mapping[str, Layer]) -> str:
    maker = later.get(blob)
    if maker is layer:
        return "is its own top: the net has a cycle"
    if maker is not None:
        return (
            f"is made only further down, by {maker.name!r} at line {maker.line}: the net has a cycle or is out of order"
        )
    return "is made by no layer and is no input"


def wire(network: Network) -> Wiring:
    """Resolves the blobs of a net.

    Raises:
        ConversionError: A layer takes what no layer before it makes, or makes what there is already.
    """
    state = _Wire(network=network)
    inputs: dict[Version, DeclaredInput] = {}
    for item in network.inputs:
        state.last[item.name] = (item.name, 0)
        inputs[item.name, 0] = item
    later = {blob: layer for layer in reversed(network.layers) for blob in layer.tops}
    steps: list[Step] = []
    for layer in network.layers:
        takes = state.take(layer, later)
        steps.append(Step(layer=layer, takes=takes, makes=state.make(layer)))
    if state.problems:
        more = f" (and {len(state.problems) - 1} more such layers)" if len(state.problems) > 1 else ""
        raise ConversionError(state.problems[0] + more, hint="blobs are matched by name; check the prototxt's names")
    return Wiring(steps=tuple(steps), inputs=inputs, last=state.last)


def net_outputs(wiring: Wiring, *, silent: frozenset[str] = SILENT) -> list[Version]:
    """The versions that no layer takes, in the order in which they are made.

    Args:
        wiring: The net.
        silent: Types that only say that their bottoms are not wanted.
    """
    users = [step for step in wiring.steps if step.layer.type not in DROPPED or step.layer.type in silent]
    used = {item for step in users for item in step.takes}
    made = [item for step in wiring.steps for item in step.makes[-1 if step.layer.type in REDUCED else 0 :]]
    return [item for item in made if item not in used]


def named_versions(wiring: Wiring, name: str, kind: str) -> list[Version]:
    """What the user means by a name: the last version of that blob, else the tops of the layer so called.

    Raises:
        UnknownNameError: There is neither.
    """
    if name in wiring.last:
        return [wiring.last[name]]
    for step in wiring.steps:
        if step.layer.name == name and step.makes:
            return list(step.makes)
    raise _unknown(kind, name, wiring)


def _unknown(kind: str, name: str, wiring: Wiring) -> UnknownNameError:
    return unknown_name(f"blob for an {kind}", name, wiring.last)


def needed_steps(wiring: Wiring, outputs: Sequence[Version], given: Iterable[Version]) -> list[Step]:
    """The steps that the outputs need when some versions are given from outside."""
    needed, outside = set(outputs), frozenset(given)
    kept: list[Step] = []
    for step in reversed(wiring.steps):
        if any(item in needed and item not in outside for item in step.makes):
            kept.append(step)
            needed.update(step.takes)
    return kept[::-1]
