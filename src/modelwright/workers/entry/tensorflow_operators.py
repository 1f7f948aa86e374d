"""Says which operators libraries add to TensorFlow. Stand-alone: takes the folder of ``modelwright.workers.protocol``.

It is run by path under an interpreter that has tensorflow, and imports nothing of modelwright. The request:

    op_libraries  the libraries, loaded in order

The reply's ``operators`` is a serialized OpList in base64, ``framework`` the TensorFlow that loaded them.
"""

from __future__ import annotations

import base64
import os
import sys
from typing import Any

from worker_exchange import WorkFault, answer, request_in

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")


def registered() -> Any:
    """The OpList of all operators that TensorFlow knows now."""
    from tensorflow.core.framework import op_def_pb2
    from tensorflow.python.client import pywrap_tf_session

    return op_def_pb2.OpList.FromString(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))


def run(folder: str) -> dict[str, str]:
    """Does what the request asks and returns the reply's data."""
    request, _ = request_in(folder)
    try:
        import tensorflow as tf
    except ImportError as error:
        raise WorkFault("module", str(error)) from error
    known = {op.name for op in registered().op}
    for library in request["op_libraries"]:
        try:
            tf.load_op_library(library)
        except Exception as error:
            text = str(error)
            raise WorkFault("model", text if library in text else f"{library}: {text}") from error
    found = registered()
    added = [op for op in found.op if op.name not in known]
    del found.op[:]
    found.op.extend(added)
    operators = base64.b64encode(found.SerializeToString(deterministic=True)).decode("ascii")
    return {"framework": f"TensorFlow {tf.__version__}", "operators": operators}


if __name__ == "__main__":
    answer(run, sys.argv[1])
