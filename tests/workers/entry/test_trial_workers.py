"""The workers that try models, run as scripts with stand-ins for engines that are not installed here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from modelwright import workers
from modelwright.workers.protocol import write_request

ENTRY = Path(workers.__file__).with_name("entry")

TENSORRT = """
__version__ = "9.9"
class ILogger:
    ERROR, INTERNAL_ERROR, WARNING = 1, 0, 2
    def __init__(self): pass
class NetworkDefinitionCreationFlag:
    STRONGLY_TYPED = 1
class ComputeCapability:
    SM89 = 89
class Tensor:
    name, shape, is_shape_tensor = "x", (-1, 3), False
class Network:
    num_inputs = 1
    def get_input(self, index): return Tensor()
class Profile:
    def set_shape(self, name, low, best, high): assert (name, low, best, high) == ("x", [2, 3], [2, 3], [2, 3])
class Config:
    profiles = 0
    def set_compute_capability(self, kind, index): pass
    def add_optimization_profile(self, profile): self.profiles += 1
class Builder:
    def __init__(self, logger): self.logger = logger
    def create_network(self, flags): return Network()
    def create_builder_config(self): return Config()
    def create_optimization_profile(self): return Profile()
    def build_serialized_network(self, network, config):
        assert config.profiles == 1
        if Parser.path.endswith("unbuilt"):
            self.logger.log(1, "no kernel")
            return None
        return b"engine"
class Error:
    def code(self): return "ErrorCode.UNSUPPORTED_NODE"
    def desc(self): return "false"
    def node_name(self): return "n7"
class Parser:
    path = ""
    num_errors = 1
    def __init__(self, network, logger): pass
    def parse_from_file(self, path):
        Parser.path = path
        return not path.endswith("unparsed")
    def get_error(self, index): return Error()
OnnxParser = Parser
"""

OPENVINO = """
__version__ = "9.9-1-x"
class Port:
    def get_names(self): return {"x"}
class Compiled:
    inputs = [Port()]
    def __init__(self, path): self.path = path
    def __call__(self, feeds):
        assert set(feeds) == {"x"} and feeds["x"].shape == (2, 3)
        if self.path.endswith("unrun"): raise RuntimeError("cannot run")
class Core:
    def read_model(self, path):
        if path.endswith("unread"): raise RuntimeError("cannot read")
        return path
    def compile_model(self, model, device):
        assert device == "CPU"
        return Compiled(model)
"""

FEEDS = [{"name": "x", "dtype": "float32", "shape": [2, 3], "integers": 1}]


@pytest.fixture
def work(tmp_path):
    """Runs a worker on jobs and returns its reply and journal."""

    def run(script, paths, module=None, source="", *, feeds=None, runs=True, single=True):
        if module is not None:
            (tmp_path / "lib").mkdir(exist_ok=True)
            (tmp_path / "lib" / f"{module}.py").write_text(source)
        jobs = [
            {"id": index, "path": str(path), "feeds": FEEDS if feeds is None else feeds, "run": runs, "single": single}
            for index, path in enumerate(paths)
        ]
        journal = tmp_path / "journal.jsonl"
        write_request(tmp_path, {"jobs": jobs, "journal": str(journal), "timeout": 60}, {})
        environment = {**os.environ, "PYTHONPATH": str(tmp_path / "lib")}
        subprocess.run([sys.executable, str(ENTRY / script), str(tmp_path)], check=True, env=environment, timeout=60)
        lines = [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []
        ends = [line for line in lines if "ok" in line]
        return json.loads((tmp_path / "reply.json").read_text()), ends

    return run


def test_tensorrt(work):
    reply, ends = work("tensorrt_trial.py", ["good", "unparsed", "unbuilt"], "tensorrt_rtx", TENSORRT)
    assert reply["data"]["label"] == "TensorRT-RTX 9.9"
    assert [(end["ok"], end["stage"]) for end in ends] == [(True, "run"), (False, "load"), (False, "run")]
    assert (ends[1]["kind"], ends[1]["message"], ends[1]["node"]) == ("UNSUPPORTED_NODE", "false", "n7")
    assert ends[2]["message"] == "no kernel"


def test_tensorrt_parses_only_when_it_cannot_be_built(work):
    _, ends = work("tensorrt_trial.py", ["unbuilt"], "tensorrt_rtx", TENSORRT, runs=False)
    assert [(end["ok"], end["stage"]) for end in ends] == [(True, "load")]


def test_tensorrt_takes_no_model_whose_inputs_hold_sizes(work):
    source = TENSORRT.replace("(-1, 3), False", "(-1, 3), True")
    _, ends = work("tensorrt_trial.py", ["good"], "tensorrt_rtx", source, single=False)
    assert (ends[0]["ok"], ends[0]["stage"], ends[0]["kind"]) == (False, "load", "sizes")
    assert ends[0]["message"] == "input 'x' holds sizes, which must be constants"


def test_openvino(work):
    reply, ends = work("openvino_trial.py", ["good", "unread", "unrun"], "openvino", OPENVINO)
    assert reply["data"]["label"] == "OpenVINO 9.9"
    assert [(end["ok"], end["stage"]) for end in ends] == [(True, "run"), (False, "load"), (False, "run")]
    assert ends[1]["message"] == "cannot read"


def test_onnx_runtime(work, small, write_onnx):
    feeds = [
        {"name": "x", "dtype": "float32", "shape": [2, 3, 8, 8], "integers": 1},
        {"name": "s", "dtype": "float32", "shape": [2, 2], "integers": 1},
    ]
    wrong = write_onnx(
        '<ir_version: 8, opset_import: ["" : 17]> g (float[2] x) => (float[2] y) { y = Nope(x) }', "w.onnx"
    )
    reply, ends = work("onnxruntime_trial.py", [small, wrong], feeds=feeds)
    assert reply["ok"]
    assert [(end["ok"], end["stage"]) for end in ends] == [(True, "run"), (False, "load")]
    assert "Nope" in ends[1]["message"]


def test_inputs_that_numpy_does_not_have_are_not_fed(work, write_onnx):
    text = '<ir_version: 9, opset_import: ["" : 19]> g (bfloat16[2] x) => (float[2] y) { y = Cast<to=1>(x) }'
    feeds = [{"name": "x", "dtype": "bfloat16", "shape": [2], "integers": 1}]
    _, ends = work("onnxruntime_trial.py", [write_onnx(text, "b.onnx")], feeds=feeds)
    assert [(end["ok"], end["stage"]) for end in ends] == [(True, "load")]


def test_every_kind_of_feed(work, write_onnx):
    text = """<ir_version: 8, opset_import: ["" : 17]>
g (string[2] s, bool[2] b, int64[2] n, float16[2] f) => (string[2] s2, bool[2] b2, int64[2] n2, float16[2] f2) {
 s2 = Identity(s)
 b2 = Not(b)
 n2 = Div(n, n)
 f2 = Log(f)
}"""
    names = {"s": "string", "b": "bool", "n": "int64", "f": "float16"}
    feeds = [{"name": name, "dtype": dtype, "shape": [2], "integers": 1} for name, dtype in names.items()]
    _, ends = work("onnxruntime_trial.py", [write_onnx(text, "k.onnx")], feeds=feeds)
    assert [(end["ok"], end["stage"]) for end in ends] == [(True, "run")]


def test_an_engine_that_is_not_installed(work):
    reply, ends = work("tensorrt_trial.py", ["good"], "tensorrt_rtx", "raise ImportError('not here')")
    assert reply["error"] == {"kind": "module", "message": "not here"}
    assert not ends
