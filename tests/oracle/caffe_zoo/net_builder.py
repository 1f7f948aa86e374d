"""Writes prototxt and weights together: each layer knows the shape of what it takes, so weights have theirs."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence

import numpy as np

Shape = tuple[int, ...]


class Net:
    """A network in the making.

    Weights keep the scale of what flows through (He), so that deep networks neither die nor overflow, and are
    asymmetric, so that a swapped axis shows.

    Attributes:
        text: The prototxt so far.
        weights: Layer to type and blobs.
        shapes: Blob to shape.
    """

    def __init__(self, name: str, **inputs: Shape) -> None:
        self.text = f'name: "{name}"\n'
        self.weights: dict[str, tuple[str, list[np.ndarray]]] = {}
        self.shapes: dict[str, Shape] = {}
        self.inputs = dict(inputs)
        self._rng = np.random.default_rng(zlib.crc32(name.encode()))
        for blob, shape in inputs.items():
            self.layer(blob, "Input", (), (blob,), f"input_param {{ shape {{ {self.dims(shape)} }} }}")
            self.shapes[blob] = shape

    @staticmethod
    def dims(shape: Shape) -> str:
        return " ".join(f"dim: {size}" for size in shape)

    def layer(self, name: str, kind: str, bottoms: Sequence[str], tops: Sequence[str], param: str = "") -> str:
        """Adds a layer as it is; gives its first top."""
        ends = "".join(f' bottom: "{item}"' for item in bottoms) + "".join(f' top: "{item}"' for item in tops)
        self.text += f'layer {{ name: "{name}" type: "{kind}"{ends} {param} }}\n'
        return tops[0]

    def same(self, name: str, kind: str, bottom: str, param: str = "", *, in_place: bool = True) -> str:
        """A layer that keeps the shape."""
        top = bottom if in_place else name
        self.shapes[top] = self.shapes[bottom]
        return self.layer(name, kind, (bottom,), (top,), param)

    def normal(self, shape: Shape, fan: int) -> np.ndarray:
        return (self._rng.normal(0.02, 1, shape) * math.sqrt(2 / fan)).astype(np.float32)

    def uniform(self, low: float, high: float, shape: Shape) -> np.ndarray:
        return self._rng.uniform(low, high, shape).astype(np.float32)

    def conv(
        self,
        name: str,
        bottom: str,
        out: int,
        kernel: int | tuple[int, int],
        *,
        stride: int = 1,
        pad: int | tuple[int, int] = 0,
        group: int = 1,
        dilation: int = 1,
        bias: bool = True,
        relu: bool = True,
    ) -> str:
        """A convolution, with a ReLU in place unless it is not wanted."""
        channels, *sizes = self.shapes[bottom][1:]
        kernels = (kernel, kernel) if isinstance(kernel, int) else kernel
        pads = (pad, pad) if isinstance(pad, int) else pad
        square = f"kernel_size: {kernel} pad: {pad}" if isinstance(kernel, int) and isinstance(pad, int) else (
            f"kernel_h: {kernels[0]} kernel_w: {kernels[1]} pad_h: {pads[0]} pad_w: {pads[1]}"
        )  # fmt: skip
        extra = (f" group: {group}" if group > 1 else "") + (f" dilation: {dilation}" if dilation > 1 else "")
        extra += "" if bias else " bias_term: false"
        self.layer(
            name, "Convolution", (bottom,), (name,),
            f"convolution_param {{ num_output: {out} {square} stride: {stride}{extra} }}",
        )  # fmt: skip
        spatial = tuple(
            (size + 2 * edge - dilation * (length - 1) - 1) // stride + 1
            for size, length, edge in zip(sizes, kernels, pads, strict=True)
        )
        self.shapes[name] = (self.shapes[bottom][0], out, *spatial)
        shape = (out, channels // group, *kernels)
        blobs = [self.normal(shape, math.prod(shape[1:]))] + ([self.uniform(-0.1, 0.1, (out,))] if bias else [])
        self.weights[name] = ("Convolution", blobs)
        return self.same(f"{name}_relu", "ReLU", name) if relu else name

    def deconv(
        self, name: str, bottom: str, out: int, kernel: int, stride: int, *, pad: int = 0, bias: bool = True
    ) -> str:
        batch, channels, *sizes = self.shapes[bottom]
        extra = "" if bias else " bias_term: false"
        self.layer(
            name, "Deconvolution", (bottom,), (name,),
            f"convolution_param {{ num_output: {out} kernel_size: {kernel} stride: {stride} pad: {pad}{extra} }}",
        )  # fmt: skip
        self.shapes[name] = (batch, out, *((size - 1) * stride + kernel - 2 * pad for size in sizes))
        blobs = [self.normal((channels, out, kernel, kernel), channels * kernel * kernel // stride**2)]
        self.weights[name] = ("Deconvolution", blobs + ([self.uniform(-0.1, 0.1, (out,))] if bias else []))
        return name

    def batch_norm(self, name: str, bottom: str, *, relu: bool = True) -> str:
        """BatchNorm, Scale and ReLU, all in place."""
        channels = self.shapes[bottom][1]
        self.same(f"{name}_bn", "BatchNorm", bottom, "batch_norm_param { use_global_stats: true }")
        self.same(f"{name}_scale", "Scale", bottom, "scale_param { bias_term: true }")
        size = (channels,)
        statistics = [
            self.uniform(-0.2, 0.2, size) * 999,
            self.uniform(0.6, 1.4, size) * 999,
            np.full(1, 999, np.float32),
        ]
        self.weights[f"{name}_bn"] = ("BatchNorm", [item.astype(np.float32) for item in statistics])
        self.weights[f"{name}_scale"] = ("Scale", [self.uniform(0.7, 1.1, size), self.uniform(-0.1, 0.1, size)])
        return self.same(f"{name}_relu", "ReLU", bottom) if relu else bottom

    def pool(self, name: str, bottom: str, kind: str, kernel: int, stride: int, pad: int = 0, *, mask: str = "") -> str:
        batch, channels, *sizes = self.shapes[bottom]
        tops = (name, mask) if mask else (name,)
        param = f"pooling_param {{ pool: {kind} kernel_size: {kernel} stride: {stride} pad: {pad} }}"
        self.layer(name, "Pooling", (bottom,), tops, param)
        found = []
        for size in sizes:
            count = math.ceil((size + 2 * pad - kernel) / stride) + 1
            found.append(count - (pad > 0 and (count - 1) * stride >= size + pad))
        for top in tops:
            self.shapes[top] = (batch, channels, *found)
        return name

    def global_pool(self, name: str, bottom: str) -> str:
        self.layer(name, "Pooling", (bottom,), (name,), "pooling_param { pool: AVE global_pooling: true }")
        self.shapes[name] = (*self.shapes[bottom][:2], 1, 1)
        return name

    def dense(self, name: str, bottom: str, out: int, *, relu: bool = False, axis: int = 1) -> str:
        front, depth = self.shapes[bottom][:axis], math.prod(self.shapes[bottom][axis:])
        where = f" axis: {axis}" if axis != 1 else ""
        self.layer(name, "InnerProduct", (bottom,), (name,), f"inner_product_param {{ num_output: {out}{where} }}")
        self.shapes[name] = (*front, out)
        self.weights[name] = ("InnerProduct", [self.normal((out, depth), depth), self.uniform(-0.1, 0.1, (out,))])
        return self.same(f"{name}_relu", "ReLU", name) if relu else name

    def prelu(self, name: str, bottom: str, *, shared: bool = False) -> str:
        self.weights[name] = ("PReLU", [self.uniform(0.05, 0.4, (1 if shared else self.shapes[bottom][1],))])
        return self.same(name, "PReLU", bottom, "prelu_param { channel_shared: true }" if shared else "")

    def concat(self, name: str, bottoms: Sequence[str], *, axis: int = 1) -> str:
        first = list(self.shapes[bottoms[0]])
        first[axis] = sum(self.shapes[item][axis] for item in bottoms)
        self.shapes[name] = tuple(first)
        return self.layer(name, "Concat", bottoms, (name,), f"concat_param {{ axis: {axis} }}" if axis != 1 else "")

    def add(self, name: str, bottoms: Sequence[str], *, relu: bool = True) -> str:
        self.shapes[name] = self.shapes[bottoms[0]]
        self.layer(name, "Eltwise", bottoms, (name,))
        return self.same(f"{name}_relu", "ReLU", name) if relu else name

    def crop(self, name: str, bottom: str, like: str, offset: int) -> str:
        self.shapes[name] = (*self.shapes[bottom][:2], *self.shapes[like][2:])
        return self.layer(name, "Crop", (bottom, like), (name,), f"crop_param {{ axis: 2 offset: {offset} }}")

    def softmax(self, bottom: str, name: str = "prob", *, axis: int = 1) -> str:
        return self.same(
            name, "Softmax", bottom, f"softmax_param {{ axis: {axis} }}" if axis != 1 else "", in_place=False
        )
