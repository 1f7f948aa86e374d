"""Requests in, replies out, as ``modelwright.workers.protocol`` writes and reads them."""

import json

import numpy as np
import pytest
from worker_exchange import WorkFault, answer, answer_with_arrays, arrays_in, import_first, leave_arrays, request_in

from modelwright.workers.protocol import read_reply, write_request


def test_arrays_go_in_and_out(tmp_path):
    write_request(tmp_path, {"times": 3}, {"a/b": np.arange(4.0), "c": np.array(["x", "yz"])})

    def run(folder):
        request, names = request_in(folder)
        given = arrays_in(folder, names)
        leave_arrays(folder, [given["a/b"] * request["times"], given["c"]])
        return {"seen": names}, ["first", "second"]

    answer_with_arrays(run, str(tmp_path))
    reply = read_reply(tmp_path, log="")
    assert reply.data == {"seen": ["a/b", "c"]}
    np.testing.assert_array_equal(reply.arrays["first"], [0, 3, 6, 9])
    assert reply.arrays["second"].tolist() == ["x", "yz"]


def test_a_fault_is_one_line(tmp_path):
    def run(folder):
        raise WorkFault("run", "it\n  broke " + "x" * 2000)

    answer(run, str(tmp_path))
    fault = read_reply(tmp_path, log="").fault
    assert fault.kind == "run"
    assert fault.message.startswith("it broke x")
    assert len(fault.message) == 1000


def test_another_version_is_refused(tmp_path):
    (tmp_path / "request.json").write_text(json.dumps({"version": 2, "request": {}, "arrays": []}))
    with pytest.raises(WorkFault, match="version 2, this worker speaks 1"):
        request_in(str(tmp_path))


def test_the_first_module_that_there_is():
    assert import_first(["no_such_module", "json"]) is json
    with pytest.raises(WorkFault, match="no_such_module") as caught:
        import_first(["no_such_module"])
    assert caught.value.kind == "module"
