import os
from pathlib import Path

import pytest

from modelwright.service.engine.process import Limits, Worker, base_variables
from modelwright.service.engine.starting import FreshStarter
from modelwright.templates.catalogue import template_named

LIMITS = Limits(memory=4 << 30, cpu_seconds=60, wall_seconds=60)


@pytest.fixture(params=["fresh", "warm"])
def starter(request):
    """Workers that begin from scratch, and such that a nursery bears."""
    return request.getfixturevalue("warm") if request.param == "warm" else FreshStarter()


@pytest.fixture
def work(tmp_path, write_onnx, starter):
    def make(limits=LIMITS, tick=lambda: "", hear=lambda kind, data: None, **changes):
        (tmp_path / "in").mkdir()
        write_onnx(name="in/small.onnx")
        (tmp_path / "w").mkdir()
        request = {
            "template": template_named("Onnx-To-Onnx").data(),
            "input": str(tmp_path / "in"),
            "output": str(tmp_path / "out"),
            "settings": {"verify": "false"},
            "interpreters": {},
        }
        worker = Worker(tmp_path / "w", f"{tmp_path}:l", limits, {"EXTRA": "1"}, starter)
        return worker.run({**request, **changes}, hear=hear, tick=tick)

    return make


def test_it_tells_and_answers(work, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    heard = []
    environments = []

    def hear(kind, data):
        heard.append((kind, data))
        if not environments:
            from modelwright.service.engine.tree import marked

            pid = next(marked(f"{tmp_path}:l"))
            environments.append(Path(f"/proc/{pid}/environ").read_bytes())

    ended = work(hear=hear)
    assert (ended.code, ended.reason, ended.answer["result"], ended.answer["error"]) == (0, "", "unverified", None)
    assert [data for kind, data in heard if kind == "stage"] == ["import", "optimize", "export"]
    assert b"EXTRA=1" in environments[0]
    assert b"SECRET" not in environments[0]
    assert (tmp_path / "out/job_log.txt").is_file()


def test_errors_are_answers(work):
    ended = work(settings={"opset": "400"})
    assert (ended.code, ended.answer["error"]["code"]) == (0, "MW-U004")
    assert "opset" in ended.answer["error"]["items"][0]


def test_it_is_ended_for_a_reason(work):
    ended = work(tick=lambda: "canceled")
    assert (ended.reason, ended.answer, ended.code) == ("canceled", None, -9)


def test_what_all_workers_know(monkeypatch):
    monkeypatch.setenv("DATABASE_PASSWORD", "secret")
    found = base_variables({"EXTRA": "1"})
    assert found["EXTRA"] == "1"
    assert set(found) - {"EXTRA"} <= {"PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TZ"} | {
        "OPENBLAS_NUM_THREADS",
        "PYTHONUNBUFFERED",
    }


def test_time(work):
    assert work(limits=Limits(memory=4 << 30, cpu_seconds=60, wall_seconds=1e-6)).reason == "time"


def test_a_kill_is_seen(work, tmp_path):
    from modelwright.service.engine.tree import marked

    def hear(kind, data):
        del kind, data
        for pid in marked(f"{tmp_path}:l"):
            os.kill(pid, 9)

    ended = work(hear=hear)
    assert (ended.code, ended.reason, ended.answer) == (-9, "", None)
