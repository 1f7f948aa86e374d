"""Crashes and limits are provoked with a worker of our own in place of an engine's."""

import json
import sys
import textwrap
from pathlib import Path

import pytest

from modelwright import workers
from modelwright.errors import ToolMissingError, WorkerCrashedError
from modelwright.targets.trial.batch import CRASH, LIMIT, Batch, Job
from modelwright.targets.trial.engines import Engine, engine_named

ENTRY = Path(workers.__file__).with_name("entry")
FAKE = f"""
import os, signal, sys, time
sys.path.insert(0, {str(ENTRY)!r})
from trial_jobs import Refusal, main

def open_engine():
    def attempt(job):
        what = job["path"].rsplit("/", 1)[-1]
        if what == "segv":
            os.kill(os.getpid(), signal.SIGSEGV)
        if what == "abort":
            os.abort()
        if what == "hang":
            time.sleep(60)
        if what == "big":
            block = bytearray(1 << 29)
            block[::4096] = b"x" * len(block[::4096])
            time.sleep(60)
        if what == "bad":
            raise Refusal("load", "Fail", "no good", "n")
        return "run"
    return attempt, "Fake 1.0"

main(sys.argv[1], open_engine)
"""


@pytest.fixture
def batch(tmp_path):
    def make(script=FAKE, **limits):
        path = tmp_path / "fake_trial.py"
        path.write_text(textwrap.dedent(script))
        engine = Engine(name="fake", module="fake", script=path)
        settings = {"timeout": 30.0, "memory": 8 << 30, **limits}
        return Batch(engine=engine, python=Path(sys.executable), folder=tmp_path, **settings)

    return make


def jobs(*names):
    return [Job(id=number, path=Path("/m") / name, feeds=()) for number, name in enumerate(names)]


def test_good_and_bad(batch):
    label, outcomes = batch().run(jobs("good", "bad", "good"))
    assert label == "Fake 1.0"
    assert [outcomes[number].accepted for number in range(3)] == [True, False, True]
    assert (outcomes[1].kind, outcomes[1].message, outcomes[1].node) == ("Fail", "no good", "n")


def test_a_crash_is_that_jobs_outcome_and_the_others_go_on(batch):
    _, outcomes = batch().run(jobs("good", "segv", "good", "abort", "bad"))
    assert [outcomes[number].accepted for number in range(5)] == [True, False, True, False, False]
    assert [outcomes[number].kind for number in (1, 3, 4)] == [CRASH, CRASH, "Fail"]
    assert "SIGSEGV" in outcomes[1].message
    assert "SIGABRT" in outcomes[3].message


def test_time(batch):
    _, outcomes = batch(timeout=0.5).run(jobs("hang", "good"))
    assert (outcomes[0].kind, outcomes[0].message) == (LIMIT, "it took longer than allowed")
    assert outcomes[1].accepted


@pytest.mark.skipif(sys.platform != "linux", reason="memory is watched on Linux")
def test_memory(batch):
    _, outcomes = batch(memory=256 << 20).run(jobs("big", "good"))
    assert outcomes[0].kind == LIMIT
    assert "MiB" in outcomes[0].message
    assert outcomes[1].accepted


def test_an_engine_that_is_not_there(batch):
    script = FAKE.replace("    def attempt", "    import no_such_engine\n    def attempt", 1)
    with pytest.raises(ToolMissingError, match="has no fake"):
        batch(script).run(jobs("good"))


def test_a_worker_that_does_not_start(batch):
    with pytest.raises(WorkerCrashedError):
        batch("import sys; sys.exit(3)").run(jobs("good"))


def test_onnx_runtime_itself(tmp_path, small):
    runner = Batch(
        engine=engine_named("onnxruntime"), python=Path(sys.executable), folder=tmp_path, timeout=30, memory=8 << 30
    )
    feeds = (
        {"name": "x", "dtype": "float32", "shape": [2, 3, 8, 8], "integers": 1},
        {"name": "s", "dtype": "float32", "shape": [2, 2], "integers": 1},
    )
    label, outcomes = runner.run([Job(id=7, path=small, feeds=feeds), Job(id=9, path=tmp_path / "none.onnx", feeds=())])
    assert label.startswith("ONNX Runtime 1.")
    assert (outcomes[7].accepted, outcomes[7].stage) == (True, "run")
    assert not outcomes[9].accepted
    lines = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    assert [entry.get("begin", entry.get("id")) for entry in lines[1:]] == [7, 7, 9, 9]
