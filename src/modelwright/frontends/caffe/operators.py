"""The registry of Caffe layers; modules of ``ops`` register their converters here.

A converter is called as ``converter(op, *bottoms, **parameters)``: ``op`` is a ``CaffeBuilder``, bottoms are values,
parameters are the fields of the layer's parameter message that the prototxt gives; the defaults are Caffe's. It returns
one value, or one for each top.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from modelwright.registry import Converter, OperatorRegistry

_REGISTRY: Final = OperatorRegistry("Caffe")


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """What is known of layer types besides their converters.

    Attributes:
        messages: Type to the field of its parameter message; absent for types without parameters.
        weighted: Types that need weights, up to that many bottoms: a further bottom takes their place.
    """

    messages: dict[str, str] = field(default_factory=dict[str, str])
    weighted: dict[str, int] = field(default_factory=dict[str, int])

    def needs_weights(self, layer_type: str, bottoms: int) -> bool:
        """Whether a layer cannot be converted without weights."""
        return bottoms <= self.weighted.get(layer_type, 0)


FACTS: Final = LayerFacts()


def caffe_layer(
    *types: str, param: str = "", ignores: tuple[str, ...] = (), weights: int = 0
) -> Callable[[Converter], Converter]:
    """Registers the decorated function as the converter of layer types.

    Args:
        types: Types that share it.
        param: The field of their parameter message: ``convolution_param``.
        ignores: Parameters that change nothing about the result.
        weights: They need weights when they have at most that many bottoms.
    """
    for name in types:
        if param:
            FACTS.messages[name] = param
        if weights:
            FACTS.weighted[name] = weights
    return _REGISTRY.register(*types, ignores=ignores)


@functools.cache
def caffe_layers() -> OperatorRegistry:
    """The registry, with every module of the ops package imported."""
    return _REGISTRY.load("modelwright.frontends.caffe.ops")
