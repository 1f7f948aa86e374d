import os
import signal
import sys

import numpy as np
import pytest

from modelwright.errors import WorkerCrashedError
from modelwright.workers.companion import Companion

MODULE = """
import os, signal, sys

def doubling():
    def handle(data, arrays):
        print("not into the pipe")
        if data.get("die"):
            sys.stderr.write("the last words\\n")
            sys.stderr.flush()
            os.kill(os.getpid(), signal.SIGSEGV)
        return {"pid": os.getpid()}, {name: array * 2 for name, array in arrays.items()}
    return handle
"""


@pytest.fixture
def factory(tmp_path, monkeypatch):
    (tmp_path / "a_handler.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    return "a_handler:doubling"


def test_answers_in_order_from_another_process(factory):
    with Companion(factory) as companion:
        for value in (1.5, 2.5):
            companion.ask({}, {"x": np.full((2, 1), value)})
            data, arrays = companion.answer()
            assert data["pid"] != os.getpid()
            np.testing.assert_array_equal(arrays["x"], np.full((2, 1), 2 * value))


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_crash_is_an_error_with_the_last_words(factory):
    with Companion(factory) as companion:
        companion.ask({"die": True})
        with pytest.raises(WorkerCrashedError, match=f"{signal.SIGSEGV.name}(.|\n)*the last words"):
            companion.answer()


def test_closed(factory):
    companion = Companion(factory)
    companion.close()
    companion.close()
    with pytest.raises(WorkerCrashedError, match="closed"):
        companion.ask({})
