import os
import threading
from pathlib import Path

import pytest
from nurseries import ready

from modelwright.service.engine.process import Limits, Worker, base_variables
from modelwright.service.engine.starting import FreshStarter
from modelwright.service.engine.tree import marked
from modelwright.service.engine.warm import WarmStarter
from modelwright.templates.catalogue import template_named

LIMITS = Limits(memory=4 << 30, cpu_seconds=60, wall_seconds=60)


@pytest.fixture
def convert(tmp_path, write_onnx):
    """Converts by a starter; gives how it ended and the folder with the result."""
    (tmp_path / "in").mkdir()
    write_onnx(name="in/small.onnx")

    def run(starter, name, **changes):
        (tmp_path / name).mkdir()
        request = {
            "template": template_named("Onnx-To-Onnx").data(),
            "input": str(tmp_path / "in"),
            "output": str(tmp_path / name / "out"),
            "settings": {},
            "interpreters": {},
        }
        worker = Worker(tmp_path / name, f"{tmp_path}:{name}", LIMITS, {}, starter)
        hear = changes.pop("hear", lambda kind, data: None)
        return worker.run({**request, **changes}, hear=hear, tick=lambda: ""), tmp_path / name / "out"

    return run


@pytest.fixture
def own(tmp_path):
    """A nursery of the test's own, not started."""
    found = WarmStarter(tmp_path / "nursery", f"{tmp_path}:", base_variables({}))
    yield found
    found.stop()


def stat(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return {"parent": int(fields[1]), "session": int(fields[3])}


def test_the_same_bytes_as_from_scratch(warm, convert):
    found = []
    for name, starter in (("a", warm), ("b", FreshStarter()), ("c", warm)):
        ended, output = convert(starter, name)
        assert (ended.code, ended.said, ended.answer["result"]) == (0, "", "verified")
        found.append(next(output.rglob("*.onnx")).read_bytes())
    assert found[0] == found[1] == found[2]


def test_each_has_a_process_session_mark_and_folder_of_its_own(warm, convert, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    nursery = ready(warm)._process.pid
    seen = {}

    def hear(kind, data):
        del data
        for name in ("a", "b") if kind == "log" else ():
            for pid in marked(f"{tmp_path}:{name}") if name not in seen else ():
                environment = Path(f"/proc/{pid}/environ").read_bytes()
                seen[name] = (pid, stat(pid), environment, Path(f"/proc/{pid}/cwd").readlink())

    for name in ("a", "b"):
        convert(warm, name, hear=hear)
    assert seen["a"][0] != seen["b"][0]
    for name, (pid, found, environment, folder) in seen.items():
        assert found == {"parent": nursery, "session": pid}
        assert f"MODELWRIGHT_TASK_MARK={tmp_path}:{name}\0".encode() in environment
        assert b"secret" not in environment
        assert folder == tmp_path


def test_several_at_a_time(warm, convert):
    ended = {}
    threads = [
        threading.Thread(target=lambda name=name: ended.update({name: convert(warm, name)[0].code})) for name in "abcd"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == dict.fromkeys("abcd", 0)


def test_a_nursery_that_dies_takes_no_worker_with_it_and_is_replaced(own, convert):
    first = ready(own)._process.pid

    def hear(kind, data):
        del data
        if kind == "stage":
            os.kill(first, 9)

    ended, _ = convert(own, "a", hear=hear)
    assert ended.answer["result"] == "verified"
    assert convert(own, "b")[0].code == 0
    assert ready(own)._process.pid != first


def test_one_that_does_not_come_up_is_done_without(tmp_path, convert, caplog):
    found = WarmStarter(tmp_path / "n", f"{tmp_path}:", {**base_variables({}), "PYTHONHOME": "/nowhere"})
    found.prepare()
    found._nursery._process.wait()
    assert convert(found, "a")[0].code == 0
    assert found._nursery is None
    assert "did not come up" in caplog.text


def test_a_failing_worker_says_why(warm, convert):
    ended, _ = convert(warm, "a", template=None)
    assert ended.code == 1
    assert "Traceback" in ended.said
    assert "ValidationError" in ended.said


def test_it_ends_with_its_service(own):
    pid = ready(own)._process.pid
    own._nursery._control.close()
    own._nursery._process.wait(10)
    assert not Path(f"/proc/{pid}").exists()
