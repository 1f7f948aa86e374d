import select
import socket
import subprocess
import sys

from modelwright.service.engine.process import base_variables
from modelwright.service.engine.tree import MARK

PROGRAM = """
import os, sys
from modelwright.service.engine import nursery
nursery.load()
print(len(os.listdir("/proc/self/task")))
for name in ("onnx_ir", "onnx.checker", "modelwright.rewrites.driver", "modelwright.backends.tflite.write"):
    assert name in sys.modules, name
for name in ("onnxruntime", "modelwright.verify.runners.onnxruntime", "modelwright.cli.main", "sqlalchemy"):
    assert name not in sys.modules, name
import modelwright.verify.runners.onnxruntime
"""


def test_it_holds_what_conversions_import_and_has_one_thread():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=base_variables({}), capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_it_ends_quietly_when_its_service_left_before_it_was_ready(tmp_path):
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "modelwright.service.engine.nursery"],
            stdin=theirs.fileno(),
            stderr=subprocess.PIPE,
            env={**base_variables({}), MARK: f"{tmp_path}:"},
        )
    select.select([control], [], [], 60)  # it said that it is ready, and nobody reads that
    control.close()
    assert process.communicate(timeout=20)[1] == b""
    assert process.returncode == 0
