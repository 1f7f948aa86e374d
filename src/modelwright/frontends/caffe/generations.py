"""Layers of Caffe's first two formats in the terms of the current one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from modelwright.frontends.caffe.network import Layer, Parameters

V1_TYPES: Final = {
    "ABSVAL": "AbsVal",
    "ACCURACY": "Accuracy",
    "ARGMAX": "ArgMax",
    "BNLL": "BNLL",
    "CONCAT": "Concat",
    "CONTRASTIVE_LOSS": "ContrastiveLoss",
    "CONVOLUTION": "Convolution",
    "DATA": "Data",
    "DECONVOLUTION": "Deconvolution",
    "DROPOUT": "Dropout",
    "DUMMY_DATA": "DummyData",
    "ELTWISE": "Eltwise",
    "EUCLIDEAN_LOSS": "EuclideanLoss",
    "EXP": "Exp",
    "FLATTEN": "Flatten",
    "HDF5_DATA": "HDF5Data",
    "HDF5_OUTPUT": "HDF5Output",
    "HINGE_LOSS": "HingeLoss",
    "IM2COL": "Im2col",
    "IMAGE_DATA": "ImageData",
    "INFOGAIN_LOSS": "InfogainLoss",
    "INNER_PRODUCT": "InnerProduct",
    "LRN": "LRN",
    "MEMORY_DATA": "MemoryData",
    "MULTINOMIAL_LOGISTIC_LOSS": "MultinomialLogisticLoss",
    "MVN": "MVN",
    "POOLING": "Pooling",
    "POWER": "Power",
    "RELU": "ReLU",
    "SIGMOID": "Sigmoid",
    "SIGMOID_CROSS_ENTROPY_LOSS": "SigmoidCrossEntropyLoss",
    "SILENCE": "Silence",
    "SLICE": "Slice",
    "SOFTMAX": "Softmax",
    "SOFTMAX_LOSS": "SoftmaxWithLoss",
    "SPLIT": "Split",
    "TANH": "TanH",
    "THRESHOLD": "Threshold",
    "WINDOW_DATA": "WindowData",
}
"""The numbered types of ``layers { type: CONVOLUTION }`` and what they are called now."""

V0_TYPES: Final = {
    "accuracy": "Accuracy",
    "bnll": "BNLL",
    "concat": "Concat",
    "conv": "Convolution",
    "data": "Data",
    "dropout": "Dropout",
    "euclidean_loss": "EuclideanLoss",
    "flatten": "Flatten",
    "hdf5_data": "HDF5Data",
    "hdf5_output": "HDF5Output",
    "im2col": "Im2col",
    "images": "ImageData",
    "infogain_loss": "InfogainLoss",
    "innerproduct": "InnerProduct",
    "lrn": "LRN",
    "multinomial_logistic_loss": "MultinomialLogisticLoss",
    "pool": "Pooling",
    "relu": "ReLU",
    "sigmoid": "Sigmoid",
    "softmax": "Softmax",
    "softmax_loss": "SoftmaxWithLoss",
    "split": "Split",
    "tanh": "TanH",
    "window_data": "WindowData",
}
"""The type names of ``layers { layer { type: "conv" } }``."""

PADDING: Final = "padding"
"""The first format's layer that padded for the convolution or pooling after it."""

_CONVOLUTION: Final = {
    "num_output": "num_output",
    "biasterm": "bias_term",
    "pad": "pad",
    "kernelsize": "kernel_size",
    "group": "group",
    "stride": "stride",
    "weight_filler": "weight_filler",
    "bias_filler": "bias_filler",
}
_V0_FIELDS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "Convolution": ("convolution_param", _CONVOLUTION),
    "Im2col": ("convolution_param", _CONVOLUTION),
    "InnerProduct": ("inner_product_param", _CONVOLUTION),
    "Pooling": ("pooling_param", {"pool": "pool", "pad": "pad", "kernelsize": "kernel_size", "stride": "stride"}),
    "LRN": ("lrn_param", {"local_size": "local_size", "alpha": "alpha", "beta": "beta", "k": "k"}),
    "Concat": ("concat_param", {"concat_dim": "concat_dim"}),
    "Dropout": ("dropout_param", {"dropout_ratio": "dropout_ratio"}),
    "Data": ("data_param", {"batchsize": "batch_size", "cropsize": "crop_size", "scale": "scale"}),
    "ImageData": (
        "image_data_param",
        {"batchsize": "batch_size", "cropsize": "crop_size", "new_height": "new_height", "new_width": "new_width"},
    ),
}
_REPEATED: Final = ("pad", "kernel_size", "stride")
"""Fields of a convolution that were single values once."""


def v0_parameters(layer_type: str, old: Parameters) -> dict[str, dict[str, Any]]:
    """The parameters of a layer of the first format, under the messages and names of the current one."""
    if layer_type not in _V0_FIELDS:
        return {}
    message, names = _V0_FIELDS[layer_type]
    new = {current: old[name] for name, current in names.items() if name in old}
    if message == "convolution_param":
        new |= {name: (new[name],) for name in _REPEATED if name in new}
    return {message: new}


def fold_padding(layers: Sequence[Layer]) -> list[Layer]:
    """Gives the pads of the first format's padding layers to the layers that follow them, and drops the former."""
    pads = {layer.tops[0]: layer for layer in layers if layer.type == PADDING and layer.tops and layer.bottoms}
    if not pads:
        return list(layers)
    return [_padded(layer, pads) for layer in layers if layer.type != PADDING or not (layer.tops and layer.bottoms)]


def _padded(layer: Layer, pads: dict[str, Layer]) -> Layer:
    source = pads.get(layer.bottoms[0]) if len(layer.bottoms) == 1 else None
    message = {"Convolution": "convolution_param", "Pooling": "pooling_param"}.get(layer.type)
    if source is None or message is None:
        return layer
    pad = int(source.params.get(PADDING, {}).get("pad", 0))
    own = {**layer.params.get(message, {}), "pad": (pad,) if message == "convolution_param" else pad}
    return replace(layer, bottoms=source.bottoms, params={**layer.params, message: own})
