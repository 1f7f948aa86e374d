"""Tensors inside a model that lies on disk."""

from __future__ import annotations

import numpy as np

from modelwright.quantize.doctor.session import opener
from modelwright.quantize.session import ModelRuns


def test_tensors_by_name(model, prepared) -> None:
    with ModelRuns(model("plain")) as runs:
        found = opener(runs)(["scores"])({"image": prepared("bgr", 1)})
    assert np.shape(found["scores"]) == (1, 6)
