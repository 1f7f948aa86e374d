"""Buffers: shared where the tensor is, behind the tables by offset or, in large files, by position."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx_ir as ir
import pytest
from lite_checking import lite_run

from modelwright.backends.tflite import serialize
from modelwright.backends.tflite.quantized import Quantization, set_quantization
from modelwright.backends.tflite.serialize import LiteFile, write_file
from modelwright.frontends.tflite.reader import read_tflite


def _graph() -> ir.Graph:
    def value(name: str, shape: list, tensor: ir.Tensor | None = None) -> ir.Value:
        return ir.Value(name=name, type=ir.TensorType(ir.DataType.FLOAT), shape=ir.Shape(shape), const_value=tensor)

    shared = ir.Tensor(np.arange(3, dtype=np.float32))
    x, a, b = value("x", ["N", 3]), value("a", [3], shared), value("b", [3], shared)
    add = ir.Node("tflite", "ADD", [x, a])
    mul = ir.Node("tflite", "MUL", [add.outputs[0], b])
    for name, node in (("s", add), ("y", mul)):
        node.outputs[0].name, node.outputs[0].type = name, ir.TensorType(ir.DataType.FLOAT)
        node.outputs[0].shape = ir.Shape(["N", 3])
    return ir.Graph([x], [mul.outputs[0]], nodes=[add, mul], name="g")


ABOUT = LiteFile(inputs=("x",), outputs=("y",), metadata={"note": b"hello"})


@pytest.mark.parametrize("span", [10**9, 0])
def test_files_load_however_weights_are_found(tmp_path: Path, monkeypatch, span):
    monkeypatch.setattr(serialize, "_SPAN", span)
    path = write_file(_graph(), tmp_path / "m.tflite", ABOUT)
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(lite_run(path, {"x": x})[0], (x + np.arange(3)) * np.arange(3))
    found = read_tflite(path)
    assert found.metadata == ("note",)
    np.testing.assert_array_equal(found.subgraphs[0].tensors[1].data, np.arange(3))


def test_a_tensor_that_is_used_twice_is_written_once(tmp_path: Path):
    path = write_file(_graph(), tmp_path / "m.tflite", ABOUT)
    assert path.read_bytes().count(np.arange(3, dtype=np.float32).tobytes()) == 1


def test_scales_are_written(tmp_path: Path):
    graph = _graph()
    scale = np.array([0.5, 0.25, 2], np.float32)
    set_quantization(graph.inputs[0], Quantization(scale=scale, zero_point=np.array([1, 2, 3]), axis=1))
    tensor = read_tflite(write_file(graph, tmp_path / "m.tflite", ABOUT)).subgraphs[0].tensors[0]
    assert tensor.quantization is not None
    np.testing.assert_array_equal(tensor.quantization.scale, scale)
    np.testing.assert_array_equal(tensor.quantization.zero_point, [1, 2, 3])
    assert tensor.quantization.axis == 1
