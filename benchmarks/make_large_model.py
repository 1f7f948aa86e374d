"""Makes a decoder-like transformer of any size: `python make_large_model.py FOLDER [--layers N] [--width N]`.

The graph is written the way TorchScript exports are: views of computed sizes, LayerNormalization and GELU in their
parts, Constant nodes everywhere; batch and sequence are dynamic. The weights are random and go to `model.onnx.data` as
a stream, so that making the model takes no memory. By default 12 layers of width 2048: 2.7 GB.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import BinaryIO

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
CHUNK = 1 << 22
VOCABULARY = 32000
POSITIONS = 2048


class Writer:
    """Collects nodes, and streams weights to the data file."""

    def __init__(self, data: BinaryIO, seed: int) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self._data = data
        self._rng = np.random.default_rng(seed)

    def node(self, op_type: str, *inputs: str, **attributes: object) -> str:
        """Adds a node and returns its output's name."""
        name = f"/{op_type}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op_type, inputs, [f"{name}_output_0"], name, **attributes))
        return f"{name}_output_0"

    def constant(self, value: object, dtype: type) -> str:
        """A Constant node."""
        return self.node("Constant", value=numpy_helper.from_array(np.asarray(value, dtype)))

    def weight(self, name: str, *shape: int, scale: float = 0.02, offset: float = 0.0) -> str:
        """Random weights in the data file, aligned to 64 KiB from 64 KiB on."""
        size = int(np.prod(shape))
        if size * 4 >= 1 << 16:
            self._data.write(bytes(-self._data.tell() % (1 << 16)))
        start = self._data.tell()
        for first in range(0, size, CHUNK):
            part = self._rng.standard_normal(min(CHUNK, size - first), dtype=np.float32)
            part *= scale
            part += offset
            self._data.write(part.data)
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape)
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", "model.onnx.data"), ("offset", start), ("length", size * 4)):
            tensor.external_data.add(key=key, value=str(value))
        self.weights.append(tensor)
        return name

    def size_of(self, x: str, axis: int) -> str:
        """One dimension of a value as ``[1]``, as exporters write it."""
        picked = self.node("Gather", self.node("Shape", x), self.constant(axis, np.int64), axis=0)
        return self.node("Unsqueeze", picked, self.constant([0], np.int64))

    def linear(self, x: str, name: str, inner: int, outer: int) -> str:
        """A product and a bias."""
        return self.node(
            "Add",
            self.weight(f"{name}.bias", outer),
            self.node("MatMul", x, self.weight(f"{name}.weight", inner, outer)),
        )

    def norm(self, x: str, name: str, width: int) -> str:
        """LayerNormalization in its parts."""
        centred = self.node("Sub", x, self.node("ReduceMean", x, axes=[-1]))
        squared = self.node("Pow", centred, self.constant(2.0, np.float32))
        variance = self.node("ReduceMean", squared, axes=[-1])
        deviation = self.node("Sqrt", self.node("Add", variance, self.constant(1e-5, np.float32)))
        scaled = self.node(
            "Mul", self.node("Div", centred, deviation), self.weight(f"{name}.weight", width, offset=1.0)
        )
        return self.node("Add", scaled, self.weight(f"{name}.bias", width))

    def gelu(self, x: str) -> str:
        """GELU in its parts."""
        gate = self.node("Erf", self.node("Div", x, self.constant(2**0.5, np.float32)))
        product = self.node("Mul", x, self.node("Add", gate, self.constant(1.0, np.float32)))
        return self.node("Mul", product, self.constant(0.5, np.float32))

    def heads(self, x: str, heads: int, size: int) -> str:
        """``[N, S, W]`` to ``[N, heads, S, size]``."""
        parts = [self.size_of(x, 0), self.size_of(x, 1), *(self.constant([n], np.int64) for n in (heads, size))]
        return self.node("Transpose", self.node("Reshape", x, self.node("Concat", *parts, axis=0)), perm=[0, 2, 1, 3])

    def attention(self, x: str, name: str, width: int, heads: int) -> str:
        """Attention over heads."""
        size = width // heads
        query, key, value = (
            self.heads(self.linear(x, f"{name}.{part}", width, width), heads, size)
            for part in ("query", "key", "value")
        )
        scores = self.node("MatMul", query, self.node("Transpose", key, perm=[0, 1, 3, 2]))
        weights = self.node("Softmax", self.node("Div", scores, self.constant(size**0.5, np.float32)), axis=-1)
        mixed = self.node("Transpose", self.node("MatMul", weights, value), perm=[0, 2, 1, 3])
        sizes = [self.size_of(mixed, 0), self.size_of(mixed, 1), self.constant([width], np.int64)]
        joined = self.node("Reshape", mixed, self.node("Concat", *sizes, axis=0))
        return self.linear(joined, f"{name}.output", width, width)

    def block(self, x: str, name: str, width: int, heads: int) -> str:
        """A layer, normalized before each part."""
        x = self.node("Add", x, self.attention(self.norm(x, f"{name}.norm1", width), name, width, heads))
        wide = self.gelu(self.linear(self.norm(x, f"{name}.norm2", width), f"{name}.widen", width, 4 * width))
        return self.node("Add", x, self.linear(wide, f"{name}.narrow", 4 * width, width))


def make(folder: Path, layers: int, width: int, heads: int, vocabulary: int = VOCABULARY) -> Path:
    """Writes `model.onnx` and `model.onnx.data` into ``folder`` and returns the former's path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    with (folder / "model.onnx.data").open("wb") as data:
        writer = Writer(data, seed=0)
        x = writer.node("Gather", writer.weight("words", vocabulary, width), "tokens")
        count = writer.size_of("tokens", 1)
        positions = writer.constant(np.arange(POSITIONS)[None], np.int64)
        zero, one = writer.constant([0], np.int64), writer.constant([1], np.int64)
        places = writer.node("Slice", positions, zero, count, one, one)
        x = writer.node("Add", x, writer.node("Gather", writer.weight("positions", POSITIONS, width), places))
        for layer in range(layers):
            x = writer.block(x, f"layers.{layer}", width, heads)
        writer.nodes.append(helper.make_node("Identity", [writer.norm(x, "norm", width)], ["output"], "/output"))
    tokens = helper.make_tensor_value_info("tokens", TensorProto.INT64, ["batch", "sequence"])
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", "sequence", width])
    graph = helper.make_graph(writer.nodes, "large", [tokens], [output], writer.weights)
    opset = [helper.make_opsetid("", OPSET)]
    path.write_bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())
    return path


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--width", type=int, default=2048)
    parser.add_argument("--heads", type=int, default=16)
    arguments = parser.parse_args()
    path = make(arguments.folder, arguments.layers, arguments.width, arguments.heads)
    size = path.with_name("model.onnx.data").stat().st_size
    print(f"{path}: {len(onnx.load(path, load_external_data=False).graph.node)} nodes, {size / 1e9:.2f} GB of weights")
    return 0


if __name__ == "__main__":
    sys.exit(main())
