import ctypes
import platform
import subprocess
import sys

import pytest

from modelwright.pipeline.allocation import share_memory

COUNT = """
import threading, sys
from modelwright.pipeline.allocation import share_memory
if sys.argv[1] == "shared":
    share_memory()
held, gate = [], threading.Barrier(4)
def work():
    gate.wait()
    held.append([bytearray(50_000) for _ in range(200)])
    gate.wait()
threads = [threading.Thread(target=work) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
import ctypes
ctypes.CDLL(None).malloc_info(0, ctypes.c_void_p.in_dll(ctypes.CDLL(None), "stdout"))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="pools of threads are glibc's")
def test_threads_take_memory_from_one_pool():
    pools = {}
    for how in ("shared", "default"):
        done = subprocess.run([sys.executable, "-c", COUNT, how], capture_output=True, text=True, check=True)
        pools[how] = done.stdout.count("<heap nr=")
    assert pools["shared"] == 1 < pools["default"]


def test_a_c_library_without_the_setting(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    share_memory()
