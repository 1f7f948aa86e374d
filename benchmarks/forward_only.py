"""Runs samples through a float model and nothing else: what every calibration does besides all that it looks at.

`python forward_only.py MODEL SAMPLES --count N`: a process with one thread, all of ONNX Runtime's optimizations, one
sample a run; samples are read before the next is run, and nothing is kept of the outputs.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnxruntime


def main() -> None:
    """Runs them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("samples", type=Path, help="a folder of .npy files, a batch each")
    parser.add_argument("--count", type=int, required=True)
    arguments = parser.parse_args()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(arguments.model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    for path in sorted(arguments.samples.glob("*.npy"))[: arguments.count]:
        session.run(None, {name: np.load(path)})


if __name__ == "__main__":
    main()
