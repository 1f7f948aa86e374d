"""A stand-in for TensorRT-RTX: refuses operators, mistakes Softsign, writes files laid out as engines are."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

MODULE = """
import struct
import onnx
__version__ = "9.8.7.6"
class ILogger:
    ERROR, INTERNAL_ERROR, WARNING = 1, 0, 2
    def __init__(self): pass
class NetworkDefinitionCreationFlag:
    STRONGLY_TYPED = 1
class ComputeCapability:
    SM75, SM80, SM86, SM89, SM120, SM121 = range(6)
class BuilderFlag:
    SPARSE_WEIGHTS, STRICT_NANS = "SPARSE_WEIGHTS", "STRICT_NANS"
class ProfilingVerbosity:
    DETAILED = 1
class Tensor:
    is_shape_tensor = False
    def __init__(self, info):
        self.name = info.name
        self.shape = [dim.dim_value or -1 for dim in info.type.tensor_type.shape.dim]
class Network:
    model = None
    num_inputs = property(lambda self: len(self.model.graph.input))
    num_outputs = property(lambda self: len(self.model.graph.output))
    def get_input(self, index): return Tensor(self.model.graph.input[index])
    def get_output(self, index):
        found = Tensor(self.model.graph.output[index])
        found.shape = [] if any(node.op_type == "Softsign" for node in self.model.graph.node) else found.shape
        return found
class Profile:
    def __init__(self): self.shapes = {}
    def set_shape(self, name, low, usual, high): self.shapes[name] = (low, usual, high)
class Config:
    def __init__(self): self.mask, self.profiles, self.flags = 0, [], []
    def set_compute_capability(self, bit, place): self.mask |= 1 << bit
    def add_optimization_profile(self, profile):
        self.profiles.append(profile.shapes)
        return len(self.profiles) - 1
    def set_flag(self, flag): self.flags.append(flag)
class Builder:
    def __init__(self, logger): self.logger = logger
    def create_network(self, flags): return Network()
    def create_builder_config(self): return Config()
    def create_optimization_profile(self): return Profile()
    def build_serialized_network(self, network, config):
        for node in network.model.graph.node:
            if node.op_type == "NonMaxSuppression":
                self.logger.log(1, f"Error Code 2: (Assertion failed. {node.name}_0 has no runners that implement it)")
                return None
            if node.op_type == "Erf":
                self.logger.log(1, "IBuilder::buildSerializedNetwork: out of tactics")
                return None
        text = repr((config.profiles, config.flags, getattr(config, "builder_optimization_level", None))).encode()
        head = b"vtrt" + bytes(4) + struct.pack("<QQ", 1, 72 + len(text)) + bytes([9, 8, 7, 6]) + b"vtrt"
        head += struct.pack("<QQQQ", config.mask, 0, 0, 12)
        return head + b"NGNE" + bytes(4) + struct.pack("<QQ", 88, len(text)) + text
class Error:
    def __init__(self, node): self.node = node
    def code(self): return "ErrorCode.UNSUPPORTED_NODE"
    def desc(self): return "Assertion failed: false && ok: %s is beyond it" % self.node.op_type
    def node_name(self): return self.node.name
    def node_operator(self): return self.node.op_type
class OnnxParser:
    def __init__(self, network, logger): self.network, self.errors = network, []
    num_errors = property(lambda self: len(self.errors))
    def parse_from_file(self, path):
        self.network.model = onnx.load(path)
        self.errors = [Error(node) for node in self.network.model.graph.node if node.op_type in ("NonZero", "Det")][:1]
        return not self.errors
    def get_error(self, index): return self.errors[index]
"""


@pytest.fixture(scope="session")
def trt_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter in which ``tensorrt_rtx`` is the stand-in."""
    folder = tmp_path_factory.mktemp("trt")
    (folder / "tensorrt_rtx.py").write_text(MODULE)
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={folder} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    return python
