import json
import os
import sys
from pathlib import Path

import pytest

from modelwright.service.engine.toolchains import Toolchain, buildable, find, look


def tool(name):
    return Toolchain(name=name, version="", path="")


def test_templates_that_need_a_vendors_tool():
    everywhere = buildable({"general", "arm", "ascend", "gpu"}, ())
    assert {"Onnx-To-Onnx", "Onnx-To-TFLite", "Onnx-To-MindIR"} <= set(everywhere)
    assert not [name for name in everywhere if name.endswith(("-Ascend", "-TensorRT", "-TBE"))]
    assert "Caffe-To-Ascend" in buildable({"ascend"}, [tool("ATC")])
    assert "Onnx-To-TensorRT" in buildable({"gpu"}, [tool("TensorRT-RTX")])
    assert buildable({"gpu"}, [tool("ATC")]) == []


@pytest.fixture
def toolkit(tmp_path, monkeypatch):
    """A toolkit and an interpreter that are there by name alone."""
    for path in ("kit/compiler/bin/atc", "mindspore-lite-2.3.1-linux-x64/tools/converter/converter/converter_lite"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text("#!/bin/sh\n")
        (tmp_path / path).chmod(0o755)
    (tmp_path / "kit/compiler/version.info").write_text("Version=8.0.RC2.alpha001\n")
    packages = [["TensorRT_RTX", "1.2.0"], ["numpy", "2"]]
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho '{json.dumps(packages)}'\n")
    python.chmod(0o755)
    for name in [name for name in os.environ if "ASCEND" in name or "LITE_HOME" in name or name.endswith("_PYTHON")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ASCEND_TOOLKIT_HOME", str(tmp_path / "kit"))
    monkeypatch.setenv("PATH", f"{tmp_path}/mindspore-lite-2.3.1-linux-x64/tools/converter/converter:/usr/bin:/bin")
    return tmp_path


def test_what_is_found(toolkit):
    found = {item.name: (item.version, item.path) for item in find({"trt_python": str(toolkit / "python")})}
    assert found["ATC"] == ("8.0.RC2.alpha001", str(toolkit / "kit/compiler/bin/atc"))
    assert found["MindSpore Lite converter"][0] == "2.3.1"
    assert found["TensorRT-RTX"] == ("1.2.0", str(toolkit / "python"))
    assert found["ONNX Runtime"][1] == sys.executable
    assert "MindSpore" not in found


def test_interpreters_that_are_not_there_are_left_out(toolkit, caplog):
    found = [item.name for item in find({"ms_python": str(toolkit / "none"), "trt_python": str(toolkit / "kit")})]
    assert "ONNX Runtime" in found
    assert "none: no such interpreter" in caplog.text


def test_conversions_see_only_their_own_variables(toolkit):
    variables = {name: os.environ[name] for name in ("PATH", "ASCEND_TOOLKIT_HOME")}
    assert "ATC" in {item.name for item in look(variables, {})}
    del variables["ASCEND_TOOLKIT_HOME"]
    assert "ATC" not in {item.name for item in look(variables, {})}


def test_what_fails_is_no_toolchain(monkeypatch, caplog):
    monkeypatch.setattr(sys, "executable", str(Path("/no/python")))
    assert look({}, {}) == ()
    assert "could not be looked for" in caplog.text
