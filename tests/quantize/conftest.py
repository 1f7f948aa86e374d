"""Networks and data that tests of quantization use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from modelwright.hub.io import load, save


class ArrayFeeds:
    """Batches that lie in memory."""

    def __init__(self, batches: list[Mapping[str, np.ndarray]]) -> None:
        self.batches = batches

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[Mapping[str, np.ndarray]]:
        return iter(self.batches)


class Network:
    """Builds an ONNX model node by node."""

    def __init__(self, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, name: str, *shape: int, scale: float = 1.0) -> str:
        fan = max(1, int(np.prod(shape[1:])))
        return self.constant(name, (self.random.standard_normal(shape) * scale / np.sqrt(fan)).astype(np.float32))

    def constant(self, name: str, array: np.ndarray) -> str:
        self.weights.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def add(self, op_type: str, inputs: list[str], output: str | list[str], **attributes: object) -> str:
        outputs = [output] if isinstance(output, str) else output
        self.nodes.append(helper.make_node(op_type, inputs, outputs, name=f"{outputs[0]}_node", **attributes))
        return outputs[0]

    def conv(self, x: str, out: str, channels: tuple[int, int], size: int = 3, **attributes: object) -> str:
        group = int(attributes.get("group", 1))  # type: ignore[call-overload]
        w = self.weight(f"{out}_w", channels[1], channels[0] // group, size, size)
        b = self.constant(f"{out}_b", (self.random.standard_normal(channels[1]) * 0.1).astype(np.float32))
        return self.add("Conv", [x, w, b], out, pads=[size // 2] * 4, **attributes)

    def write(
        self,
        path: Path,
        inputs: Mapping[str, list[int | str]],
        outputs: Mapping[str, list[int | str] | None],
        opset: int = 17,
    ) -> Path:
        graph = helper.make_graph(
            self.nodes,
            "network",
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, path)
        return path


def residual_network(path: Path, seed: int = 0) -> Path:
    """Convolutions with activations, a sum, pooling, a Concat, and a Gemm at the end."""
    n = Network(seed)
    n.conv("x", "c1", (3, 8), strides=[2, 2])
    n.add("Relu", ["c1"], "r1")
    n.conv("r1", "c2", (8, 8), group=8)
    zero, six = n.constant("zero", np.float32(0)), n.constant("six", np.float32(6))
    n.add("Clip", ["c2", zero, six], "k2")
    n.conv("k2", "c3", (8, 8), 1)
    n.add("Add", ["r1", "c3"], "a3")
    n.add("MaxPool", ["a3"], "p3", kernel_shape=[2, 2], strides=[2, 2])
    n.conv("p3", "c4", (8, 8))
    n.add("Relu", ["c4"], "r4")
    n.add("Concat", ["p3", "r4"], "k4", axis=1)
    n.conv("k4", "c5", (16, 12))
    n.add("Relu", ["c5"], "r5")
    n.add("GlobalAveragePool", ["r5"], "g")
    n.add("Flatten", ["g"], "f")
    n.weight("dense_w", 12, 10)
    n.constant("dense_b", n.random.standard_normal(10).astype(np.float32))
    n.add("Gemm", ["f", "dense_w", "dense_b"], "logits")
    return n.write(path, {"x": ["batch", 3, 32, 32]}, {"logits": ["batch", 10]})


def images(count: int, shape: tuple[int, ...] = (2, 3, 32, 32), seed: int = 1, name: str = "x") -> ArrayFeeds:
    """Batches of random images."""
    random = np.random.default_rng(seed)
    return ArrayFeeds([{name: random.standard_normal(shape, dtype=np.float32)} for _ in range(count)])


def run(path: Path, feeds: Mapping[str, np.ndarray], *, optimized: bool = True, exact: bool = True) -> list[np.ndarray]:
    """The outputs in ONNX Runtime; sums of integers are exact on all processors unless told otherwise."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.add_session_config_entry("session.x64quantprecision", "1" if exact else "0")
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimized else levels.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]).run(None, dict(feeds))


def decibels(wanted: np.ndarray, found: np.ndarray) -> float:
    """Signal to noise."""
    noise = float(((wanted - found) ** 2).sum())
    return float("inf") if noise == 0 else 10 * float(np.log10((wanted**2).sum() / noise))


@pytest.fixture
def residual(tmp_path: Path) -> Path:
    """The residual network's file."""
    return residual_network(tmp_path / "residual.onnx")


@pytest.fixture
def network() -> Callable[..., Network]:
    """Makes an empty network."""
    return Network


@pytest.fixture
def tools() -> type:
    """What tests call: ``images``, ``run``, ``decibels``, ``stored``, ``feeds``."""

    class Tools:
        images = staticmethod(images)
        run = staticmethod(run)
        decibels = staticmethod(decibels)
        feeds = ArrayFeeds

        @staticmethod
        def stored(model: ir.Model, path: Path) -> Path:
            save(model, path)
            onnx.checker.check_model(onnx.load(path), full_check=True)
            return path

        load = staticmethod(load)

    return Tools
