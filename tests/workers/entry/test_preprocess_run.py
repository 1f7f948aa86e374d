"""The worker that calls a user's function, by the protocol alone."""

import numpy as np

from modelwright.quantize.data.function import SCRIPT
from modelwright.workers.runner import run_worker


def _request(tmp_path, body, **more):
    file = tmp_path / "prepare.py"
    file.write_text(body)
    return {
        "file": str(file),
        "function": "run",
        "entry": {"input_name": "x"},
        "calls": [["a", ["1", "2"]], ["b", ["3"]]],
        "output": str(tmp_path),
        "folder": str(tmp_path),
        **more,
    }


def test_each_call_leaves_its_array(tmp_path):
    body = "import beside\ndef run(paths, entry):\n    return [[beside.number, len(entry), int(p)] for p in paths]\n"
    (tmp_path / "beside.py").write_text("number = 7\n")
    reply = run_worker(SCRIPT, _request(tmp_path, body))
    assert reply.fault is None
    assert reply.data == {"made": 2}
    assert np.load(tmp_path / "a.npy").tolist() == [[7, 1, 1], [7, 1, 2]]
    assert np.load(tmp_path / "b.npy").tolist() == [[7, 1, 3]]
    assert not list(tmp_path.glob("*.part"))


def test_what_is_there_is_not_made_again(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros(1))
    reply = run_worker(SCRIPT, _request(tmp_path, "def run(paths, entry):\n    return [1.0]\n"))
    assert reply.data == {"made": 1}
    assert np.load(tmp_path / "a.npy").tolist() == [0]


def test_faults_have_a_kind(tmp_path):
    for body, kind in (
        ("import nothing_of_that_name\n", "module"),
        ("run = 1\n", "name"),
        ("raise ValueError\n", "model"),
        ("def run(paths, entry):\n    return object()\n", "run"),
        ("def run(paths, entry):\n    import nothing_of_that_name\n", "module"),
    ):
        assert run_worker(SCRIPT, _request(tmp_path, body)).fault.kind == kind


def test_what_the_function_prints_is_in_the_log(tmp_path):
    reply = run_worker(SCRIPT, _request(tmp_path, "def run(paths, entry):\n    print('seen', paths)\n    return [1]\n"))
    assert "seen ['3']" in reply.log
