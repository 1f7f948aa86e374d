"""Converts models to TFLite with onnx2tf's direct path; a JSON job a line, an answer a line.

Run by `tflite_node_tests.py` in onnx2tf's own environment.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import onnx2tf
from forked import Job, answer_jobs


def work(job: Job) -> Job:
    """Converts a model; the float32 file is kept."""
    started = time.process_time()
    with tempfile.TemporaryDirectory() as source, tempfile.TemporaryDirectory() as folder:
        try:
            onnx2tf.convert(
                input_onnx_file_path=shutil.copy(job["model"], source),  # it writes over what it reads
                output_folder_path=folder,
                tflite_backend="flatbuffer_direct",
                non_verbose=True,
            )
        except (Exception, SystemExit) as error:  # noqa: BLE001  whatever it raises is a refusal
            reason = f"{type(error).__name__}: {error}"[:400]
            return {"status": "refused", "reason": reason, "cpu": time.process_time() - started}
        spent = time.process_time() - started
        files = sorted(Path(folder).glob("*float32.tflite")) or sorted(Path(folder).glob("*.tflite"))
        if not files:
            return {"status": "refused", "reason": "no .tflite file was written", "cpu": spent}
        shutil.copy(files[0], job["file"])
    return {"status": "converted", "cpu": spent}


if __name__ == "__main__":
    import onnx2tf.onnx2tf

    answer_jobs(work)
