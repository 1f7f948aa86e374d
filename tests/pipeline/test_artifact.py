"""Verdicts on artifacts that run here, elsewhere, or were only planned: with a backend made for the test."""

import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import modelwright as mw
import modelwright.cli.convert
import modelwright.pipeline.describe
import modelwright.pipeline.interpreters
import modelwright.pipeline.recipe
from modelwright.backends import manifests
from modelwright.backends.manifests import BackendManifest
from modelwright.backends.written import Written
from modelwright.cli.main import main
from modelwright.diagnostics import Diagnostic, Level, ModelSummary
from modelwright.errors import UserError, VerificationFailed
from modelwright.formats import ArtifactTensor
from modelwright.hub import io
from modelwright.options import Option, OptionKind
from modelwright.verify.runners.onnxruntime import OnnxRuntimeRunner
from modelwright.verify.runners.runner import CannotRunHere

OPTIONS = (
    Option(name="spoil", kind=OptionKind.FLAG, help="computes something else"),
    Option(name="plan_only", kind=OptionKind.FLAG, help="there is no tool"),
    Option(name="gears", kind=OptionKind.NAMES, help="sizes"),
    Option(name="table", kind=OptionKind.FILE, help="a file"),
)


def write(model, path, *, spoil=False, plan_only=False, gears=(), table=None):
    if spoil:
        next(node for node in model.graph if node.op_type == "Relu").op_type = "Abs"
    inner = path.with_name(path.name + ".plan") / "model.onnx" if plan_only else path.with_name("inner.onnx")
    inner.parent.mkdir(exist_ok=True)
    io.save(model, inner)
    notice = Diagnostic(level=Level.NOTICE, message=f"{len(gears)} gears, {table}")
    if plan_only:
        script = inner.with_name("build.sh")
        script.write_text("toolc model.onnx\n")
        keep = inner.with_name("expected.npz")
        return Written(files=(script, inner), stand_in=inner, keep=keep, planned="toolc is not installed")
    path.write_bytes(b"TOY!" + inner.read_bytes())
    inputs = (ArtifactTensor(name="x", artifact="x"),)
    return Written(files=(path,), stand_in=inner, inputs=inputs, notices=(notice,), checks=("toy check",))


def load(path, python):
    del python
    inner = path.with_name("loaded.onnx")
    inner.write_bytes(path.read_bytes()[4:])
    try:
        runner = OnnxRuntimeRunner(inner)
    finally:
        inner.unlink()
    runner.label = "Toy 2.1"
    return runner


def load_nowhere(path, python):
    raise CannotRunHere("there is no toy here")


def describe(path):
    size = path.stat().st_size
    return ModelSummary(
        format="Toy", inputs=(), outputs=(), operators={}, parameters=0, weight_bytes=0, file_bytes=size
    )


@pytest.fixture
def toy(monkeypatch):
    module = ModuleType("toy_backend")
    module.write, module.load, module.load_nowhere, module.describe = write, load, load_nowhere, describe
    monkeypatch.setitem(sys.modules, "toy_backend", module)

    def use(runner="toy_backend:load"):
        manifest = BackendManifest(
            name="toy",
            label="Toy",
            suffixes=(".toy",),
            writer="toy_backend:write",
            options=OPTIONS,
            runner=runner,
            cannot_run="toys run on tables only",
            reader="toy_backend:describe",
            recognizes=lambda path: path.read_bytes()[:4] == b"TOY!",
        )
        found = (*(item for item in manifests.backends() if item.name == "onnx"), manifest)
        for place in (
            "backends.manifests",
            "cli.convert",
            "pipeline.describe",
            "pipeline.interpreters",
            "pipeline.recipe",
        ):
            monkeypatch.setattr(f"modelwright.{place}.backends", lambda: found)

    return use


def test_an_artifact_runs_in_its_own_runtime(toy, small, tmp_path):
    toy()
    report = mw.convert(small, tmp_path / "m.toy", target_options={"gears": ["a", "b"], "table": Path("t.json")})
    assert report.status is mw.Status.VERIFIED
    assert report.verification.runner == "Toy 2.1"
    assert report.verification.checks[:2] == ("toy check", "loads in Toy")
    assert report.artifact.format == "Toy"
    assert [remark.message for remark in report.diagnostics] == ["2 gears, t.json"]
    assert mw.info(tmp_path / "m.toy").format == "Toy"
    with pytest.raises(VerificationFailed):
        mw.convert(small, tmp_path / "bad.toy", target_options={"spoil": True})


def test_without_a_runtime_the_model_it_was_made_from_is_compared(toy, small, tmp_path):
    toy(runner=None)
    report = mw.convert(small, tmp_path / "m.toy")
    assert report.status is mw.Status.UNVERIFIED
    assert report.verification.reason.startswith("toys run on tables only; the ONNX model that it was made from")
    assert report.verification.latency_ms is None
    assert all(item.passed for item in report.verification.outputs)
    with pytest.raises(VerificationFailed):
        mw.convert(small, tmp_path / "bad.toy", target_options={"spoil": True})
    toy(runner="toy_backend:load_nowhere")
    assert mw.convert(small, tmp_path / "n.toy").verification.reason.startswith("there is no toy here; the ONNX")


def test_a_plan_holds_what_the_device_needs(toy, small, tmp_path, capsys):
    toy()
    assert main(["convert", "auto", str(small), "-o", str(tmp_path / "m.toy"), "--plan_only"]) == 3
    shown = capsys.readouterr().out
    assert "planned  toolc is not installed" in shown
    assert "build.sh" in shown
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.report.json", "m.toy.plan", "small.onnx"]
    stored = json.loads((tmp_path / "m.report.json").read_text())
    assert stored["status"] == "planned"
    assert [item["path"] for item in stored["files"]] == [
        "m.toy.plan/build.sh",
        "m.toy.plan/model.onnx",
        "m.toy.plan/expected.npz",
    ]
    kept = np.load(tmp_path / "m.toy.plan" / "expected.npz")
    np.testing.assert_allclose(kept["out:t"], -kept["in:s"])
    reference = tmp_path / "m.toy.plan" / "expected.npz"
    assert mw.convert(small, tmp_path / "m.onnx", reference=reference).status is mw.Status.VERIFIED
    (tmp_path / "m.toy.plan" / "old").touch()
    assert mw.convert(small, tmp_path / "m.toy", target_options={"plan_only": True}).status is mw.Status.PLANNED
    assert not (tmp_path / "m.toy.plan" / "old").exists()


def test_a_plan_is_not_run_when_that_is_left_out_and_fails_when_it_differs(toy, small, tmp_path):
    toy()
    report = mw.convert(small, tmp_path / "m.toy", no_verify=True, target_options={"plan_only": True})
    assert (report.status, report.verification.reason) == (mw.Status.PLANNED, "toolc is not installed")
    with pytest.raises(VerificationFailed):
        mw.convert(small, tmp_path / "m.toy", target_options={"plan_only": True, "spoil": True})


def test_options_are_the_targets_own(toy, small, tmp_path):
    toy()
    with pytest.raises(UserError, match="the target ONNX"):
        mw.convert(small, tmp_path / "m.onnx", target_options={"gears": "a"})
    with pytest.raises(UserError, match="the target Toy") as caught:
        mw.convert(small, tmp_path / "m.toy", target_options={"gear": "a"})
    assert "gears" in caught.value.hint


def test_a_report_repeats_the_options_and_their_paths(toy, small, tmp_path):
    toy()
    (tmp_path / "deep").mkdir()
    table = tmp_path / "t.json"
    first = mw.convert(small, tmp_path / "deep" / "m.toy", target_options={"gears": "a,b", "table": table})
    assert first.recipe["output"]["options"] == {"gears": ["a", "b"], "table": "../t.json"}
    again = mw.run(tmp_path / "deep" / "m.report.json", output=tmp_path / "n.toy")
    assert again.diagnostics[0].message.startswith("2 gears, ")
    assert again.files[0].sha256 == first.files[0].sha256
