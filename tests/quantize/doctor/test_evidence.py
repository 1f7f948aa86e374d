"""What checks look at."""

from __future__ import annotations

import numpy as np

from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.examine import watch


def test_only_float_images_are_images(model) -> None:
    batch = {
        "image": np.zeros((1, 3, 16, 16), np.float32),
        "pixels": np.zeros((1, 3, 16, 16), np.uint8),
        "ids": np.zeros((1, 16), np.int64),
    }
    evidence = Evidence(model=model("plain"), data=watch([batch]))
    assert [facts.name for facts, _ in evidence.images()] == ["image"]
    assert evidence.reference_of("image") is None
