"""Runs the nets that OpenCV cannot: layer by layer in numpy, from the layers' definitions."""

from __future__ import annotations

import re

import numpy as np
from caffe_definitions import lstm, pool, unpool

from caffe_zoo.net_builder import Net

_LAYER = re.compile(r'layer \{ name: "([^"]+)" type: "([^"]+)"((?: (?:bottom|top): "[^"]+")*) (.*) \}')


def run(net: Net, given: dict[str, np.ndarray], wanted: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The blobs wanted; those given are not computed."""
    blobs = {name: array.astype(np.float64) for name, array in given.items()}
    for name, kind, ends, param in _LAYER.findall(net.text):
        bottoms = [blobs[item] for item in re.findall(r'bottom: "([^"]+)"', ends)]
        tops = re.findall(r'top: "([^"]+)"', ends)
        weights = [item.astype(np.float64) for item in net.weights.get(name, ("", []))[1]]
        if kind != "Input":
            made = _LAYERS[kind](bottoms, weights, param, len(tops))
            blobs |= dict(zip(tops, made, strict=True))
    return {name: blobs[name].astype(np.float32) for name in wanted}


def after(net: Net, name: str) -> Net:
    """The part of a net that follows the layer ``name``."""
    rest = Net(name)
    rest.text = net.text[net.text.index("\n", net.text.index(f'name: "{name}"')) + 1 :]
    rest.weights = net.weights
    return rest


def _number(param: str, name: str, default: int = 0) -> int:
    found = re.search(rf"\b{name}: (-?\d+)", param)
    return int(found[1]) if found else default


def _pair(param: str, name: str, default: int) -> tuple[int, int]:
    single = {"kernel": "kernel_size"}.get(name, name)
    both = _number(param, single, default)
    return _number(param, f"{name}_h", both), _number(param, f"{name}_w", both)


def _patches(x: np.ndarray, kernel, stride, rate) -> np.ndarray:
    view = np.lib.stride_tricks.sliding_window_view(x, [rate * (size - 1) + 1 for size in kernel], axis=(2, 3))
    return view[:, :, ::stride, ::stride, ::rate, ::rate]


def _conv(bottoms, weights, param, tops):
    del tops
    pads, stride, rate = _pair(param, "pad", 0), _number(param, "stride", 1), _number(param, "dilation", 1)
    x = np.pad(bottoms[0], [(0, 0), (0, 0), (pads[0],) * 2, (pads[1],) * 2])
    y = np.einsum("ncijpq,kcpq->nkij", _patches(x, weights[0].shape[2:], stride, rate), weights[0], optimize=True)
    return [y + weights[1].reshape(1, -1, 1, 1) if len(weights) > 1 else y]


def _deconv(bottoms, weights, param, tops):
    del tops
    (x,), stride, kernel = bottoms, _number(param, "stride", 1), weights[0].shape[2]
    sizes = [(size - 1) * stride + kernel for size in x.shape[2:]]
    y = np.zeros((len(x), weights[0].shape[1], *sizes))
    for i in range(x.shape[2]):
        for j in range(x.shape[3]):
            part = np.einsum("nc,ckpq->nkpq", x[:, :, i, j], weights[0])
            y[:, :, i * stride : i * stride + kernel, j * stride : j * stride + kernel] += part
    return [y + weights[1].reshape(1, -1, 1, 1) if len(weights) > 1 else y]


def _pool(bottoms, weights, param, tops):
    del weights
    kernel, stride = _pair(param, "kernel", 0), _number(param, "stride", 1)
    made = pool("MAX", kernel, (stride, stride), mask=tops > 1)(bottoms[0])
    return list(made) if tops > 1 else [made]


def _dense(bottoms, weights, param, tops):
    del tops
    axis = _number(param, "axis", 1)
    flat = bottoms[0].reshape(*bottoms[0].shape[:axis], -1)
    return [flat @ weights[0].T + weights[1]]


def _softmax(bottoms, weights, param, tops):
    del weights, tops
    axis = _number(param, "axis", 1)
    e = np.exp(bottoms[0] - bottoms[0].max(axis, keepdims=True))
    return [e / e.sum(axis, keepdims=True)]


def _upsample(bottoms, weights, param, tops):
    del weights, param, tops
    x, mask = bottoms
    return [unpool(2 * x.shape[2], 2 * x.shape[3])(x, mask).astype(np.float64)]


def _lstm(bottoms, weights, param, tops):
    del tops
    return [lstm(_number(param, "num_output"))(*bottoms, *weights)]


def _reshape(bottoms, weights, param, tops):
    del weights, tops
    return [bottoms[0].reshape([int(size) for size in re.findall(r"dim: (\d+)", param)])]


_LAYERS = {
    "Convolution": _conv,
    "Deconvolution": _deconv,
    "Pooling": _pool,
    "InnerProduct": _dense,
    "Softmax": _softmax,
    "Upsample": _upsample,
    "LSTM": _lstm,
    "Reshape": _reshape,
    "ReLU": lambda bottoms, *_: [np.maximum(bottoms[0], 0)],
    "PReLU": lambda bottoms, weights, *_: [
        np.where(bottoms[0] > 0, bottoms[0], bottoms[0] * weights[0].reshape(1, -1, 1, 1))
    ],
    "BN": lambda bottoms, weights, *_: [bottoms[0] * weights[0] + weights[1]],
    "Dropout": lambda bottoms, *_: [bottoms[0]],
    "Eltwise": lambda bottoms, *_: [sum(bottoms)],
    "Concat": lambda bottoms, *_: [np.concatenate(bottoms, 1)],
}
