"""A placement with some tensors back in float, or in 16 bits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from modelwright.quantize.params import Placement, QuantizedTensor, Role
from modelwright.quantize.placement import OUTPUT_READER
from modelwright.quantize.settings import BITS

FOR_ACCURACY: Final = "kept in float for accuracy"


def candidates(placement: Placement) -> tuple[tuple[str, ...], ...]:
    """Activations that can leave the placement, those with a shared scale together, in graph order."""
    groups: dict[str, list[str]] = {}
    for tensor in placement.of_role(Role.ACTIVATION):
        groups.setdefault(tensor.group or tensor.name, []).append(tensor.name)
    return tuple(tuple(names) for names in groups.values())


def without(placement: Placement, names: Iterable[str]) -> Placement:
    """The placement with activations in float, and with them every node that reads one.

    Such a node computes in float, so its weights, its bias and its other inputs need no integers for it either.

    Args:
        placement: What is quantized.
        names: Names of activations that are not to be.
    """
    gone = set(names)
    floats = {node for tensor in placement.tensors if tensor.name in gone for node, _ in tensor.readers}
    floats.discard(OUTPUT_READER)
    left: list[QuantizedTensor] = []
    for tensor in placement.tensors:
        readers = tuple(reader for reader in tensor.readers if reader[0] not in floats)
        if tensor.name not in gone and readers:
            left.append(replace(tensor, readers=readers))
    added = tuple((node, FOR_ACCURACY) for node in _in_order(placement, floats))
    return replace(placement, tensors=_regrouped(left), floats=(*placement.floats, *added))


def widened(placement: Placement, names: Iterable[str]) -> Placement:
    """The placement with activations in 16 bits."""
    wide = set(names)
    return replace(
        placement,
        tensors=tuple(_wide(tensor) if tensor.name in wide else tensor for tensor in placement.tensors),
    )


def _wide(tensor: QuantizedTensor) -> QuantizedTensor:
    if BITS[tensor.scheme.dtype] >= BITS["int16"]:
        return tensor
    dtype = "uint16" if tensor.scheme.dtype.startswith("u") else "int16"
    return replace(tensor, scheme=replace(tensor.scheme, dtype=dtype))


def _in_order(placement: Placement, nodes: set[str]) -> list[str]:
    """Names in the order in which the placement mentions them."""
    mentioned = dict.fromkeys(node for tensor in placement.tensors for node, _ in tensor.readers)
    return [node for node in mentioned if node in nodes]


def _regrouped(tensors: list[QuantizedTensor]) -> tuple[QuantizedTensor, ...]:
    """Groups of which one tensor is left are groups no more; biases without their product go."""
    names = {tensor.name for tensor in tensors}
    return tuple(
        tensor for tensor in tensors if tensor.product is None or all(name in names for name in tensor.product)
    )
