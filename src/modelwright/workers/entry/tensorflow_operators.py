"""Says which operators libraries add to TensorFlow. Stand-alone: takes the folder of ``modelwright.workers.protocol``.

It is run by path under an interpreter that has tensorflow, and imports nothing of modelwright. The request:

    op_libraries  the libraries, loaded in order

The reply's ``operators`` is a serialized OpList in base64, ``framework`` the TensorFlow that loaded them.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

VERSION = 1


class WorkFault(Exception):  # noqa: N818  the protocol calls it a fault
    """An expected failure; ``kind`` as in the protocol."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def registered() -> Any:
    """The OpList of all operators that TensorFlow knows now."""
    from tensorflow.core.framework import op_def_pb2
    from tensorflow.python.client import pywrap_tf_session

    return op_def_pb2.OpList.FromString(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))


def run(folder: str) -> dict[str, str]:
    """Does what the request asks and returns the reply's data."""
    document = json.loads(Path(folder, "request.json").read_text(encoding="utf-8"))
    if document["version"] != VERSION:
        raise WorkFault("model", f"the request is of version {document['version']}, this worker speaks {VERSION}")
    try:
        import tensorflow as tf
    except ImportError as error:
        raise WorkFault("module", str(error)) from error
    known = {op.name for op in registered().op}
    for library in document["request"]["op_libraries"]:
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


def main(folder: str) -> None:
    """Leaves the reply in ``folder``."""
    try:
        reply = {"version": VERSION, "ok": True, "data": run(folder), "arrays": []}
    except WorkFault as fault:
        message = " ".join(str(fault).split())[:1000]
        reply = {"version": VERSION, "ok": False, "error": {"kind": fault.kind, "message": message}}
    Path(folder, "reply.json").write_text(json.dumps(reply), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
