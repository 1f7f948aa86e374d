import json

import numpy as np
import pytest

from modelwright.errors import WorkerCrashedError
from modelwright.workers.protocol import REPLY, log_tail, read_reply, write_request


def test_arrays_travel_under_any_name(tmp_path):
    arrays = {"a/b:0": np.arange(3), "file": np.array(["x", "yy"], dtype=object)}
    write_request(tmp_path, {"k": 1}, arrays)
    document = json.loads((tmp_path / "request.json").read_text())
    assert document == {"version": 1, "request": {"k": 1}, "arrays": ["a/b:0", "file"]}
    with np.load(tmp_path / "inputs.npz", allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["a0"], [0, 1, 2])
        assert archive["a1"].tolist() == ["x", "yy"]


@pytest.mark.parametrize(
    "reply",
    ["", "{", "[]", '{"version": 9, "ok": true}', '{"version": 1, "ok": true, "data": {}, "arrays": ["gone"]}'],
)
def test_replies_that_cannot_be_read(tmp_path, reply):
    (tmp_path / REPLY).write_text(reply)
    with pytest.raises(WorkerCrashedError, match="cannot be read"):
        read_reply(tmp_path, log="")


def test_a_damaged_archive_is_unreadable_too(tmp_path):
    (tmp_path / REPLY).write_text('{"version": 1, "ok": true, "data": {}, "arrays": ["x"]}')
    (tmp_path / "outputs.npz").write_bytes(b"PK\x03\x04 but not really")
    with pytest.raises(WorkerCrashedError):
        read_reply(tmp_path, log="")


def test_only_the_end_of_a_log_is_shown():
    tail = log_tail("\n".join(f"line {i}" for i in range(100)))
    assert "line 99" in tail
    assert "line 50" not in tail
    assert log_tail(" \n") == ""
