"""MindSpore's own exports, against what MindSpore computed (``tests/oracle/make_mindir_exports.py``)."""

from pathlib import Path

import numpy as np
import pytest

import modelwright as mw
from modelwright.verify.runners.onnxruntime import OnnxRuntimeRunner

FOLDER = Path(__file__).parents[2] / "fixtures/mindir/exports"
NAMES = sorted(path.stem for path in FOLDER.glob("*.mindir"))


def test_there_are_exports():
    assert len(NAMES) > 60


@pytest.mark.parametrize("name", NAMES)
def test_an_export_computes_what_mindspore_did(name, tmp_path):
    mw.convert(FOLDER / f"{name}.mindir", tmp_path / "m.onnx", no_verify=True)
    with np.load(FOLDER / f"{name}.npz") as archive:
        given = [archive[f"in{place}"] for place in range(sum(key.startswith("in") for key in archive))]
        wanted = [archive[f"out{place}"] for place in range(sum(key.startswith("out") for key in archive))]
    runner = OnnxRuntimeRunner(tmp_path / "m.onnx")
    found = runner.run(dict(zip([spec.name for spec in runner.inputs], given, strict=True)))
    assert len(found) == len(wanted)
    for array, other in zip(found.values(), wanted, strict=True):
        assert (array.dtype, array.shape) == (other.dtype, other.shape)
        np.testing.assert_allclose(array, other, rtol=1e-4, atol=1e-5)
