"""Libraries with operators, with a worker that stands in for TensorFlow; the one marked builds and loads a real one."""

import base64
import os
import subprocess
import sys

import onnx_ir as ir
import pytest

from modelwright.diagnostics import Status
from modelwright.errors import ModelNotFoundError, ToolError, ToolMissingError, UsageError
from modelwright.formats import Format
from modelwright.frontends.manifest import LoadRequest
from modelwright.frontends.tensorflow import op_libraries as module
from modelwright.frontends.tensorflow.load import load
from modelwright.frontends.tensorflow.messages import DATA_TYPES, make_node, message_class
from modelwright.frontends.tensorflow.op_libraries import library_operators
from modelwright.pipeline.api import convert

FAKE = """
import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
kind = {kind!r}
reply = {{"version": 1, "ok": kind is None, "data": {{"operators": {operators!r}}}, "arrays": []}}
reply["error"] = {{"kind": kind, "message": "because"}}
(folder / "reply.json").write_text(json.dumps(reply))
"""


@pytest.fixture
def library(tmp_path):
    path = tmp_path / "ops.so"
    path.write_bytes(b"")
    return path


@pytest.fixture
def fake(tmp_path, monkeypatch):
    def make(kind=None):
        operators = message_class("OpList")()
        op = operators.op.add(name="Mine")
        op.output_arg.add(name="a", type=DATA_TYPES["DT_FLOAT"])
        op.output_arg.add(name="b", type=DATA_TYPES["DT_INT64"])
        script = tmp_path / "fake.py"
        encoded = base64.b64encode(operators.SerializeToString()).decode()
        script.write_text(FAKE.format(kind=kind, operators=encoded))
        monkeypatch.setattr(module, "_ENTRY", script)
        monkeypatch.setenv("MODELWRIGHT_TF_PYTHON", sys.executable)

    return make


def _graph(path):
    graph = message_class("GraphDef")()
    x = graph.node.add(name="x", op="Placeholder")
    x.attr["dtype"].type = DATA_TYPES["DT_FLOAT"]
    graph.node.add().CopyFrom(make_node("mine", "Mine", "x"))
    graph.node.add().CopyFrom(make_node("y", "Relu", "mine", T=DATA_TYPES["DT_FLOAT"]))
    path.write_bytes(graph.SerializeToString())
    return path


def test_outputs_of_custom_operators_get_types(fake, library, tmp_path):
    fake()
    graph = _graph(tmp_path / "g.pb")
    options = {"inputs": ["mine:0[2,3]"], "load_op_libraries": [str(library)]}
    imported = load(LoadRequest(path=graph, format=Format.TF_GRAPHDEF, options=options))
    assert imported.model.graph.inputs[0].dtype is ir.DataType.FLOAT
    assert imported.inputs[0].source == "mine:0"
    assert imported.details["op_libraries"] == (str(library),)


def test_nothing_to_load():
    assert library_operators((), None) is None


def test_missing_libraries_and_interpreters(library, monkeypatch):
    monkeypatch.delenv("MODELWRIGHT_TF_PYTHON", raising=False)
    with pytest.raises(ModelNotFoundError, match=r"none\.so"):
        library_operators(("none.so",), None)
    with pytest.raises(UsageError, match="no interpreter"):
        library_operators((str(library),), None)


@pytest.mark.parametrize(("kind", "error"), [("module", ToolMissingError), ("model", ToolError)])
def test_faults_become_errors(fake, library, kind, error):
    fake(kind)
    with pytest.raises(error, match="because"):
        library_operators((str(library),), None)


CODE = """
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
using namespace tensorflow;
REGISTER_OP("Both").Input("x: float").Output("twice: float").Output("negative: float");
class Both : public OpKernel {
 public:
  explicit Both(OpKernelConstruction* context) : OpKernel(context) {}
  void Compute(OpKernelContext* context) override {
    const Tensor& x = context->input(0);
    for (int output = 0; output < 2; ++output) {
      Tensor* y;
      OP_REQUIRES_OK(context, context->allocate_output(output, x.shape(), &y));
      for (int64_t i = 0; i < x.NumElements(); ++i) y->flat<float>()(i) = x.flat<float>()(i) * (output ? -1 : 2);
    }
  }
};
REGISTER_KERNEL_BUILDER(Name("Both").Device(DEVICE_CPU), Both);
"""
MAKE = """
import subprocess, sys, tensorflow as tf
folder = sys.argv[1]
flags = tf.sysconfig.get_compile_flags() + tf.sysconfig.get_link_flags()
subprocess.run(["g++", "-std=c++17", "-shared", "-fPIC", "-w", folder + "/both.cc", "-o", folder + "/both.so", *flags],
               check=True)
ops = tf.load_op_library(folder + "/both.so")
with tf.Graph().as_default() as graph:
    x = tf.compat.v1.placeholder(tf.float32, [None, 3], name="x")
    a, b = ops.both(x, name="both")
    tf.nn.relu(a + b * 3.0, name="y")
open(folder + "/g.pb", "wb").write(graph.as_graph_def().SerializeToString())
"""


@pytest.mark.oracle_tf
def test_tensorflow_itself(tmp_path):
    (tmp_path / "both.cc").write_text(CODE)
    python = os.environ["MODELWRIGHT_TF_PYTHON"]
    subprocess.run([python, "-c", MAKE, tmp_path], check=True, timeout=300, capture_output=True)
    options = {"load_op_libraries": [str(tmp_path / "both.so")]}
    cut = ["both:0[2,3]", "both:1[2,3]"]
    assert convert(tmp_path / "g.pb", tmp_path / "m.onnx", inputs=cut, **options).status is Status.VERIFIED
    passed = convert(tmp_path / "g.pb", tmp_path / "m.onnx", continue_on_error=True, **options)
    assert passed.status is Status.UNVERIFIED
    assert "Both" in passed.verification.reason
    (tmp_path / "bad.so").write_bytes(bytes(64))
    with pytest.raises(ToolError, match=r"bad\.so"):
        convert(tmp_path / "g.pb", tmp_path / "m.onnx", load_op_libraries=[str(tmp_path / "bad.so")])
