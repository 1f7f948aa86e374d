import re
from pathlib import Path

import onnx_ir as ir
import pytest
from onnx import parser

from modelwright.backends.ascend.compiling import compile_package
from modelwright.backends.ascend.environment import find
from modelwright.backends.ascend.job import read_job
from modelwright.backends.ascend.package import make_package
from modelwright.backends.ascend.settings import Tool
from modelwright.backends.manifests import WriteRequest
from modelwright.errors import ArtifactInvalid, ToolError, UsageError

TEXT = '<ir_version: 8, opset_import: ["" : 17]> net (float[1, 3] x) => (float[1, 3] y) { y = Relu (x) }'


@pytest.fixture
def attempt(tmp_path, toolkit):
    def attempt(place=None, **settings):
        model = ir.from_proto(parser.parse_model(TEXT))
        options = {"soc_version": "Ascend310P3", "ascend_home": str(toolkit), **settings}
        job = read_job(WriteRequest(model=model, path=tmp_path / "m.om", options=options))
        package = make_package(job, model, tmp_path / "m.om.build", tmp_path)
        return compile_package(job, package, place or find(Tool.ATC, toolkit), {})

    return attempt


def test_what_agrees_is_believed(attempt):
    found = attempt()
    assert found.artifact.name == "model.om"
    assert found.checks == ("atc succeeded", "readable .om of 1 inputs for Ascend310P3")
    assert "ATC run success" in found.log
    left = sorted(path.name for path in found.artifact.parent.iterdir())
    assert left == ["README.txt", "build.sh", "model.om", "model.onnx"]


def test_on_another_machine(attempt, remote):
    assert attempt("npu").checks[0] == "atc on npu succeeded"
    assert "build.sh" in remote.read_text()


@pytest.mark.parametrize(("how", "error"), [("no-line", ToolError), ("other-inputs", ArtifactInvalid)])
def test_the_log_of_what_is_not_believed_is_kept(attempt, monkeypatch, how, error):
    monkeypatch.setenv("ATC_DOUBLE", how)
    with pytest.raises(error) as caught:
        attempt()
    log = Path(re.search(r"its whole log is (\S+)$", caught.value.hint)[1])
    assert log.read_text().startswith("ATC start working now")
    log.unlink()


def test_a_refusal_has_the_compiler_s_code(attempt, monkeypatch, tmp_path):
    (tmp_path / "log").write_text("ATC run failed\nE10005: the value must be true or false\n")
    monkeypatch.setenv("ATC_DOUBLE", f"log:{tmp_path / 'log'}")
    with pytest.raises(UsageError, match="atc E10005: the value must be true or false") as caught:
        attempt()
    Path(caught.value.hint.rpartition(" ")[2]).unlink()


def test_what_the_compiler_is_asked_to_leave_stays(attempt):
    found = attempt(op_debug_level="1")
    assert (found.artifact.parent / "kernel_meta" / "te_relu.o").exists()
