import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from modelwright.cli.quantities import bytes_text, error_text, plural, seconds_text
from modelwright.cli.report_view import show_report
from modelwright.diagnostics import (
    Diagnostic,
    Level,
    ModelSummary,
    OutputComparison,
    Report,
    Status,
    StepResult,
    Verification,
    WrittenFile,
)
from modelwright.formats import TensorSpec


def _summary(tensors=1):
    specs = tuple(TensorSpec(name=f"tensor_{i}", dtype="float32", shape=(None, 224, 224, 3)) for i in range(tensors))
    return ModelSummary(
        format="ONNX model",
        inputs=specs,
        outputs=specs,
        operators={"Conv": 1234},
        parameters=25_000_000,
        weight_bytes=10**8,
        file_bytes=10**8,
        opsets={"ai.onnx": 17},
    )


def _report(outputs=1, tensors=1, remarks=0, status=Status.VERIFIED):
    comparisons = tuple(
        OutputComparison(
            name=f"output_{i}",
            dtype="float32",
            shape=(1, 1000),
            max_abs=i * 1e-7,
            max_rel=i * 1e-6,
            cosine=None if i == 0 else 1.0,
            mismatches=0,
            passed=True,
        )
        for i in range(outputs)
    )
    return Report(
        status=status,
        recipe={},
        plan=(),
        source=_summary(tensors),
        artifact=replace(_summary(tensors), format="other"),
        files=(WrittenFile(path="m.onnx", bytes=5 * 10**7, sha256="0"),),
        inputs={},
        steps=(
            StepResult(name="import", summary=("read",), seconds=1.0),
            StepResult(name="optimize", summary=("a", "b", *(f"rule {i} 3" for i in range(30))), seconds=12.34),
        ),
        diagnostics=tuple(
            Diagnostic(level=Level.WARNING, message=f"[remark] {i}", stage="import") for i in range(remarks)
        ),
        verification=Verification(
            status=status,
            method="ref.npz",
            runner="ONNX Runtime",
            reason="why",
            rtol=1e-4,
            atol=1e-6,
            outputs=comparisons,
        ),
        versions={},
    )


def _text(report, width=100, verbose=0):
    stream = io.StringIO()
    console = Console(file=stream, width=width, no_color=True, highlight=False)
    show_report(report, Path("m.onnx"), Path("m.report.json"), console, verbose=verbose)
    return stream.getvalue()


@pytest.mark.parametrize("width", [40, 80, 100, 120])
def test_a_large_report_fits_one_screen(width):
    text = _text(_report(outputs=50, tensors=50, remarks=50), width)
    lines = text.splitlines()
    assert max(map(len, lines)) <= width
    assert width < 80 or len(lines) <= 40
    assert "and 46 more" in text


def test_everything_is_there_when_asked_for():
    text = _text(_report(outputs=50, tensors=50, remarks=50), verbose=1)
    for word in ("output_49", "tensor_49", "[remark] 49", "rule 29"):
        assert word in text


def test_verdicts():
    assert "verified  every output matches ref.npz within rtol 0.0001, atol 1e-06" in _text(_report())
    assert "unverified  why" in _text(_report(status=Status.UNVERIFIED))
    failed = replace(_report(status=Status.FAILED), verification=None, error={"code": "C", "message": "no tool"})
    assert "failed  no tool" in _text(failed)


def test_quantities():
    assert [bytes_text(n) for n in (12, 1500, 312_400, 102_600_000, 3 * 10**9)] == [
        "12 bytes",
        "1.5 kB",
        "312 kB",
        "103 MB",
        "3.0 GB",
    ]
    assert (seconds_text(0.018), seconds_text(12.34)) == ("0.02 s", "12.3 s")
    assert (error_text(0.0), error_text(2.44e-7)) == ("0", "2.4e-07")
    assert (plural(1, "node"), plural(13578, "node")) == ("1 node", "13,578 nodes")
