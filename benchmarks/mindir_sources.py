"""Networks of Caffe, Paddle, TensorFlow and ONNX as MindIR: MindSpore's results against the frameworks' own answers.

    MODELWRIGHT_MS_PYTHON=PYTHON python benchmarks/mindir_sources.py [part of a name ...]

The networks and answers are those of `tflite_sources.py`. Results go to `results/`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from mindir_node_tests import MindSpore
from sources import Feeds, measure, networks

import modelwright as mw
from modelwright.errors import ToolError
from modelwright.formats import TensorSpec

mindspore = MindSpore(os.environ["MODELWRIGHT_MS_PYTHON"])


def run(path: Path, given: Callable[[Sequence[TensorSpec]], Feeds]) -> list[np.ndarray]:
    """A file's outputs in MindSpore."""
    inputs = mw.info(path).inputs
    feeds = given(inputs)
    paths = [f"{path.parent}/input_{place}.npy" for place in range(len(inputs))]
    for item, spec in zip(paths, inputs, strict=True):
        np.save(item, feeds[spec.name])
    answer = mindspore.ask({"model": str(path), "inputs": paths, "folder": str(path.parent)})
    if "error" in answer:
        raise ToolError(answer["error"])
    return [np.load(item) for item in answer["outputs"]]


if __name__ == "__main__":
    floats = (network for network in networks() if network.is_float)
    measure(floats, name="mindir_sources", target="MindIR", runtime="MindSpore 2.10", ending="mindir", runner=run)
