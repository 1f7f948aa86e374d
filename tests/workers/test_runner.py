import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from modelwright.errors import ToolMissingError, WorkerCrashedError, WorkerTimeoutError
from modelwright.workers.protocol import Fault
from modelwright.workers.runner import run_worker

HEAD = """
import json, os, pathlib, subprocess, sys, time
folder = pathlib.Path(sys.argv[1])
request = json.loads((folder / "request.json").read_text())["request"]
def reply(**fields):
    (folder / "reply.json").write_text(json.dumps(dict(version=1, **fields)))
"""


@pytest.fixture
def script(tmp_path):
    def write(body: str) -> Path:
        path = tmp_path / "fake.py"
        path.write_text(HEAD + textwrap.dedent(body))
        return path

    return write


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(path: Path) -> str:
    for _ in range(500):
        if path.exists() and path.read_text():
            return path.read_text()
        time.sleep(0.02)
    raise AssertionError(f"{path} did not appear")


def test_request_arrays_and_log_go_through(script):
    path = script("""
        import numpy as np
        print("hello")
        x = np.load(folder / "inputs.npz")["a0"]
        np.savez(folder / "outputs.npz", a0=x * request["by"])
        reply(ok=True, data={"said": "done"}, arrays=["y:0"])
    """)
    result = run_worker(path, {"by": 3}, arrays={"x:0": np.arange(3)})
    np.testing.assert_array_equal(result.arrays["y:0"], [0, 3, 6])
    assert result.data == {"said": "done"}
    assert result.log == "hello\n"
    assert result.fault is None


def test_a_fault_is_reported_not_raised(script):
    path = script('reply(ok=False, error={"kind": "run", "message": "no"})')
    assert run_worker(path, {}).fault == Fault(kind="run", message="no")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("print('about to fail'); raise RuntimeError('boom')", r"exit code 1(.|\n)*boom"),
        ("os.kill(os.getpid(), 9)", r"SIGKILL \(out of memory\?\)"),
        ("os.kill(os.getpid(), 11)", "SIGSEGV"),
        ("pass", "cannot be read"),
        ("(folder / 'reply.json').write_text('garbage')", "cannot be read"),
    ],
)
def test_crashes_show_the_last_words(script, body, reason):
    with pytest.raises(WorkerCrashedError, match=reason):
        run_worker(script(body), {})


def test_a_slow_worker_and_its_children_are_ended(script, tmp_path):
    path = script("""
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        pathlib.Path(request["pid"]).write_text(str(child.pid))
        print("still thinking", flush=True)
        time.sleep(60)
    """)
    start = time.monotonic()
    with pytest.raises(WorkerTimeoutError, match=r"within 1\.5 s(.|\n)*still thinking"):
        run_worker(path, {"pid": str(tmp_path / "pid")}, timeout=1.5)
    assert time.monotonic() - start < 10
    time.sleep(0.1)
    assert not alive(int((tmp_path / "pid").read_text()))


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is watched on Linux only")
def test_a_greedy_worker_is_ended(script):
    path = script("hog = bytearray(300 << 20); hog[::4096] = b'x' * len(hog[::4096]); time.sleep(60)")
    with pytest.raises(WorkerCrashedError, match="more than the 100 MiB allowed"):
        run_worker(path, {}, memory_limit=100 << 20)


@pytest.mark.parametrize("name", ["no/such/python", "not_a_program"])
def test_a_missing_interpreter_is_named(script, tmp_path, name):
    (tmp_path / "not_a_program").write_text("")
    with pytest.raises(ToolMissingError, match=name):
        run_worker(script(""), {}, python=tmp_path / name)


def test_foreign_interpreters_do_not_inherit_python_paths(script, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    path = script('reply(ok=True, data={"path": os.environ.get("PYTHONPATH")}, arrays=[])')
    assert run_worker(path, {}, python=Path(sys.executable)).data == {"path": None}
    assert run_worker(path, {}).data == {"path": "/nowhere"}


PARENT = """
import signal
import sys
from pathlib import Path
from modelwright.workers.runner import run_worker
signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs in the background begin without
run_worker(Path(sys.argv[1]), {"pid": sys.argv[2]})
"""


def test_an_interrupt_ends_the_worker(script, tmp_path):
    path = script("pathlib.Path(request['pid']).write_text(str(os.getpid())); time.sleep(60)")
    pid_file = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, path, pid_file], stderr=subprocess.PIPE)
    pid = int(wait_for(pid_file))
    os.kill(parent.pid, signal.SIGINT)
    _, errors = parent.communicate(timeout=30)
    assert b"KeyboardInterrupt" in errors
    assert not alive(pid)
