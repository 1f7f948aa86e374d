import json
from pathlib import Path

from modelwright.diagnostics import OutputComparison, Report, Status, StepResult, Verification
from modelwright.pipeline.report import report_json, report_path


def test_what_differs_from_run_to_run_stands_apart():
    comparison = OutputComparison(
        name="y",
        dtype="float32",
        shape=(1,),
        max_abs=float("nan"),
        max_rel=0.0,
        cosine=None,
        mismatches=1,
        passed=False,
    )
    report = Report(
        status=Status.FAILED,
        recipe={},
        plan=(),
        source=None,
        artifact=None,
        files=(),
        inputs={},
        steps=(StepResult(name="import", summary=("a",), seconds=0.123456),),
        diagnostics=(),
        verification=Verification(status=Status.FAILED, outputs=(comparison,), latency_ms=1.5),
        versions={},
        peak_memory_bytes=7,
    )
    data = json.loads(report_json(report))
    assert data["measured"] == {"seconds": {"import": 0.1235}, "peak_memory_bytes": 7, "latency_ms": 1.5}
    assert data["steps"] == [{"name": "import", "summary": ["a"]}]
    assert data["verification"]["outputs"][0]["max_abs"] == "nan"
    assert data["status"] == "failed"


def test_where_it_stands():
    assert report_path(Path("a/out.onnx")) == Path("a/out.report.json")
