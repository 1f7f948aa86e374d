from pathlib import Path

from modelwright import workers
from modelwright.workers.runner import run_worker

ENTRY = Path(workers.__path__[0]) / "entry" / "command_run.py"


def run(*steps, **options):
    plain = [{"argv": ["sh", "-c", text], "cwd": None, "always": always} for text, always in steps]
    return run_worker(ENTRY, {"steps": plain}, timeout=30, **options)


def test_steps_run_until_one_fails():
    found = run(("echo one; echo two >&2", False), ("exit 3", False), ("echo never", False), ("echo last", True))
    assert found.data["steps"] == [
        {"code": 0, "output": "one\ntwo\n"},
        {"code": 3, "output": ""},
        None,
        {"code": 0, "output": "last\n"},
    ]


def test_folders_and_odd_bytes(tmp_path):
    step = {"argv": ["sh", "-c", "pwd; printf '\\377'"], "cwd": str(tmp_path), "always": False}
    (found,) = run_worker(ENTRY, {"steps": [step]}, timeout=30).data["steps"]
    assert found["output"] == f"{tmp_path}\n\N{REPLACEMENT CHARACTER}"


def test_a_missing_program_is_a_fault():
    step = {"argv": ["/nowhere/atc"], "cwd": None, "always": False}
    fault = run_worker(ENTRY, {"steps": [step]}, timeout=30).fault
    assert fault.kind == "module"
    assert "/nowhere/atc" in fault.message
