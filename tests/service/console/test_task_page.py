import json

import pytest

from modelwright.service.tasks import repository
from modelwright.service.tasks.schemas import Task

SIDE = {
    "format": "ONNX model",
    "inputs": [{"name": "x", "dtype": "float32", "shape": ["batch", None, 4], "denotations": []}],
    "outputs": [{"name": "y", "dtype": None, "shape": None, "denotations": []}],
    "operators": {f"Op{number}": 20 - number for number in range(14)},
    "parameters": 1234567,
    "weight_bytes": 4,
    "file_bytes": 2_500_000,
    "opsets": {"": 17},
}
OUTPUT = {
    "name": "<y>",
    "dtype": "float32",
    "shape": [1, 4],
    "max_abs": 2e-6,
    "max_rel": 1e-6,
    "cosine": 0.99999,
    "mismatches": 0,
    "passed": True,
}
VERIFICATION = {
    "status": "verified",
    "method": "reference.npz",
    "runner": "ONNX Runtime 1",
    "checks": ["loads"],
    "reason": "",
    "rtol": 1e-4,
    "atol": 1e-6,
    "cosine": None,
    "outputs": [OUTPUT],
}
SUMMARY = {
    "source": SIDE,
    "artifact": SIDE,
    "verification": VERIFICATION,
    "measured": {"latency_ms": 0.25, "peak_memory_bytes": 87_000_000},
}


@pytest.fixture
def finished(context, asking, new_task):
    """Makes a task that is over, with what it gave."""

    def make(summary: object = SUMMARY, settings: dict[str, str] | None = None, **files: str) -> Task:
        task = context.tasks.create(asking(), new_task(settings=settings or {}))
        folder = context.store.own("default") / "out"
        folder.mkdir()
        artifacts = []
        for name, text in files.items():
            path = folder / name.replace("__", ".")
            path.write_text(text, encoding="utf-8")
            artifacts.append({"name": path.name, "bytes": path.stat().st_size, "sha256": "ab" * 32})
        outcome = {"stages": [{"name": "import", "seconds": 1.5}], "summary": summary, "artifacts": artifacts}
        values = {"status": "Successful", "result": "verified", "outcome": outcome, "stage": None}
        with context.database.write() as connection:
            repository.note(connection, task.id, started="2026-01-01T00:00:00.000Z", **values)
        return task

    return make


def test_verification_models_and_artifacts(operator, finished):
    task = finished(job_log__txt="log")
    page = operator.get(f"/tasks/{task.id}").text
    for text in (
        "compared with reference.npz",
        "&lt;y&gt;",
        "2e-06, allowed 0.000201",
        "ONNX Runtime 1, 0.25 ms a run",
        "rtol 0.0001, atol 1e-06",
        "87.0 MB",
        "float32 [batch, ?, 4]",
        "? […]",
        "1,234,567 parameters",
        "Op11 9, …",
        'import</span> <span class="muted">1.5 s',
        f'href="/v1/tasks/{task.id}/artifacts/job_log.txt"',
        f'href="/v1/tasks/{task.id}/artifacts.zip"',
        "sha256 abababababab…",
    ):
        assert text in page
    assert "Op12" not in page


def test_quantization_is_drawn_from_the_reports_data(operator, finished):
    tensor = {
        "name": "t<1>",
        "node": "n",
        "op_type": "Conv",
        "kind": "output",
        "dtype": "int8",
        "marked": True,
        "snr": 0.2,
        "mse": 0.1,
        "cosine": 0.9,
        "alone": None,
        "float_range": [-1, 1],
        "quantized_range": [-1.5, 1],
        "histogram": {"low": -1, "high": 1, "float": [1, 2], "quantized": [2, 1]},
    }
    limits = {"snr": 0.1, "cosine": 0.99}
    data = {"model": "m", "samples": 7, "method": ["int8 <x>"], "limits": limits, "tensors": [tensor]}
    task = finished(model_report__json=json.dumps(data))
    page = operator.get(f"/tasks/{task.id}").text
    for text in ("1 tensors measured on 7 batches; 1 beyond a limit.", "int8 &lt;x&gt;", "7.0 dB", "t&lt;1&gt;"):
        assert text in page
    page = operator.get(f"/tasks/{task.id}", headers={"Accept-Language": "zh"}).text
    assert "误差最大的张量" in page


def test_layers_are_drawn_from_the_runs_report(operator, finished):
    row = {"name": "m", "source": "s", "layer": "conv<1>", "op_type": "Conv", "shape": [1, 4], "max_abs": 0.5}
    rows = [
        row | {"max_rel": 2e-3, "cosine": 0.9, "passed": False},
        row | {"name": "n", "layer": "relu", "max_rel": 1e-7, "cosine": None, "passed": True},
    ]
    said = {"model": "its model", "method": "the source in X", "runner": "Y 1", "first": "conv<1>", "left_out": 3}
    layers = {"tensors": rows, "reason": "", **said}
    task = finished(
        settings={"per_layer": "true"}, net__report__json=json.dumps({"verification": {"rtol": 1e-4, "layers": layers}})
    )
    page = operator.get(f"/tasks/{task.id}").text
    for text in (
        "Layer by layer",
        "2 tensors inside compared in the order of the graph; 1 beyond the tolerance.",
        "The worst is conv&lt;1&gt;, off by 0.002 of its scale.",
        "The first layer that computes something else is conv&lt;1&gt;.",
        "Looked at was its model.",
        "3 left out",
        "conv&lt;1&gt; (Conv): 0.002",
        "relu (Conv): –",
        "compared with the source in X; Ran in: Y 1",
    ):
        assert text in page
    assert "per_layer</code> on" not in page
    page = operator.get(f"/tasks/{task.id}", headers={"Accept-Language": "zh"}).text
    assert "最先出现偏差的层是 conv&lt;1&gt;" in page


def test_layers_that_were_not_asked_for_are_offered_and_none_are_read(operator, finished):
    task = finished(net__report__json="{")
    assert "<code>per_layer</code> on to see every layer" in operator.get(f"/tasks/{task.id}").text


def test_why_layers_could_not_be_compared_is_said(operator, finished):
    said = dict.fromkeys(("model", "method", "runner", "first"), "")
    layers = {"tensors": [], "reason": "nothing here reads <it>", "left_out": 0, **said}
    text = json.dumps({"verification": {"rtol": 1e-4, "layers": layers}})
    task = finished(settings={"per_layer": "true"}, net__report__json=text)
    page = operator.get(f"/tasks/{task.id}").text
    assert "The layers were not compared: nothing here reads &lt;it&gt;." in page


@pytest.mark.parametrize("summary", [{}, {"source": 3, "verification": {"outputs": []}, "measured": None}])
def test_what_is_not_known_is_left_out(operator, finished, summary):
    task = finished(summary, model_report__json="{}")
    answer = operator.get(f"/tasks/{task.id}")
    assert answer.status_code == 200
    for text in ('id="verification-title"', 'id="quantization-title"'):
        assert text not in answer.text
