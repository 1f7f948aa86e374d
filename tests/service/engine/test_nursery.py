import subprocess
import sys

from modelwright.service.engine.process import base_variables

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
