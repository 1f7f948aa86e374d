"""Where OpenCV, which runs Caffe nets for comparison, computes something else than Caffe, as measured with 4.14."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from modelwright.frontends.caffe.network import Layer, Parameters
from modelwright.frontends.caffe.operators import FACTS

_IGNORED: Final[dict[str, dict[str, object]]] = {
    "BatchNorm": {"scale_bias": False},
    "InnerProduct": {"transpose": False},
    "Interp": {"pad_beg": 0, "pad_end": 0, "shrink_factor": 1},
    "LRN": {"k": 1.0},
    "Log": {"base": -1.0, "scale": 1.0, "shift": 0.0},
    "MVN": {"eps": 1e-9},
    "Pooling": {"round_mode": "CEIL"},
    "Proposal": {"post_nms_topn": None},
    "Slice": {"slice_dim": 1},
    "Swish": {"beta": 1.0},
}
"""Fields that OpenCV does not look at, or takes otherwise, and the value for which that makes no difference."""


def opencv_differs(layers: Iterable[Layer]) -> list[str]:
    """Layers that OpenCV computes otherwise, with the reason, for people."""
    return [f"{layer.type} {layer.name!r} ({reason})" for layer in layers if (reason := _reason(layer))]


def _reason(layer: Layer) -> str:
    given = layer.params.get(FACTS.messages.get(layer.type, ""), {})
    if layer.type == "Proposal":
        return "always as many rows as are allowed"
    if layer.type == "PriorBox" and "clip" not in given:
        return "clips unless told not to"
    if layer.type == "Scale" and len(layer.bottoms) > 1 and given.get("bias_term"):
        return "no bias beside a second bottom"
    if layer.type == "Pooling" and _skips(given):
        return "windows beyond the end"
    names = [name for name, plain in _IGNORED.get(layer.type, {}).items() if given.get(name, plain) != plain]
    return ", ".join(names)


def _skips(given: Parameters) -> bool:
    """Whether strides are larger than windows."""
    kernels = [given.get(name, given.get("kernel_size", 0)) for name in ("kernel_h", "kernel_w")]
    strides = [given.get(name, given.get("stride", 1)) for name in ("stride_h", "stride_w")]
    return any(kernel and step > kernel for kernel, step in zip(kernels, strides, strict=True))
