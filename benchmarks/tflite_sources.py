"""Networks of Caffe, Paddle, TensorFlow and ONNX as TFLite files: LiteRT's results against the frameworks' own answers.

    python benchmarks/tflite_sources.py [part of a name ...]

Float files must come within 1e-4 of the largest number of each output. Files with float16 weights and with weights in
int8 (dynamic range) are made of MobileNetV2 and ResNet50, too. Results go to `results/`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sources import Feeds, measure, networks

from modelwright.formats import TensorSpec
from modelwright.verify.runners.litert import load_litert


def run(path: Path, given: Callable[[Sequence[TensorSpec]], Feeds]) -> list[np.ndarray]:
    """A file's outputs in LiteRT."""
    runner = load_litert(path, None)
    return list(runner.timed(given(runner.inputs)).outputs.values())


if __name__ == "__main__":
    measure(networks(), name="tflite_sources", target="TFLite", runtime="LiteRT", ending="tflite", runner=run)
