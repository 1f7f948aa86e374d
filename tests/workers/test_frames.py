import io

import numpy as np
import pytest

from modelwright.workers.frames import receive, send


def test_data_and_arrays_go_both_ways():
    arrays = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3).T,
        "scalar": np.array(7, np.int64),
        "empty": np.zeros((0, 4), np.uint8),
        "flags": np.array([[True], [False]]),
        "texts": np.array(["a", "größer"], object),
        "complex": np.array([1 + 2j]),
    }
    pipe = io.BytesIO()
    send(pipe, {"path": "ü", "n": [1, None]}, arrays)
    send(pipe, {})
    pipe.seek(0)
    data, found = receive(pipe)
    assert data == {"path": "ü", "n": [1, None]}
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].shape == array.shape
    assert found["a"].dtype == np.float32
    assert receive(pipe) == ({}, {})


def test_a_pipe_that_ends_within_a_frame():
    pipe = io.BytesIO()
    send(pipe, {}, {"a": np.zeros(9)})
    for cut in (0, 3, 20, len(pipe.getvalue()) - 1):
        with pytest.raises(EOFError, match="gone"):
            receive(io.BytesIO(pipe.getvalue()[:cut]))
