"""MindIR files run in MindSpore, named by $MODELWRIGHT_MS_PYTHON, against ONNX Runtime.

It also writes ``tests/fixtures/mindir/verified.json``: digests of the files that MindSpore ran rightly, by which the
default tests know that the writer still writes them.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

import modelwright as mw
from modelwright.verify.runners.mindspore import load as load_mindir

sys.path.insert(0, str(Path(__file__).parent))
from mindir_models import FIXTURE, cases, digest, expected, written

EXAMPLE = Path(__file__).parents[2] / "examples/digits"

pytestmark = pytest.mark.oracle_mindspore


@pytest.fixture(scope="session")
def verified():
    found = {}
    yield found
    known = {name: value for name, value in json.loads(FIXTURE.read_text()).items() if name in cases()}
    FIXTURE.write_text(json.dumps(dict(sorted((known | found).items())), indent=1) + "\n")


@pytest.mark.parametrize(("name", "text"), cases().items())
def test_a_case_computes_what_onnx_runtime_does(name, text, tmp_path, verified):
    source, target = written(name, text, tmp_path)
    inputs, outputs = expected(name, source)
    runner = load_mindir(target, Path(os.environ["MODELWRIGHT_MS_PYTHON"]))
    found = runner.timed(inputs).outputs
    assert list(found) == list(outputs)
    for key, array in outputs.items():
        assert (found[key].dtype, found[key].shape) == (array.dtype, array.shape)
        np.testing.assert_allclose(found[key], array, rtol=1e-4, atol=1e-5)
    verified[name] = digest(target)


def test_a_tensorflow_network(tmp_path):
    report = mw.convert(EXAMPLE / "saved_model", tmp_path / "m.mindir", reference=EXAMPLE / "reference.npz")
    assert report.status is mw.Status.VERIFIED
    assert report.verification.outputs[0].max_rel < 1e-5


def test_a_network_in_half_precision(tmp_path):
    report = mw.convert(
        EXAMPLE / "saved_model",
        tmp_path / "m.mindir",
        reference=EXAMPLE / "reference.npz",
        target_options={"precision": "fp16"},
    )
    assert report.status is mw.Status.VERIFIED
    assert report.verification.outputs[0].max_abs < 1e-3


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_a_recurrent_layer(kind, write_onnx, tmp_path):
    gates = {"LSTM": 4, "GRU": 3}[kind]
    draw = np.random.default_rng(3)
    weights = {
        "w": draw.standard_normal((2, gates * 4, 3), np.float32),
        "r": draw.standard_normal((2, gates * 4, 4), np.float32),
        "b": draw.standard_normal((2, gates * 8), np.float32),
    }
    numbers = ", ".join(
        f"float[{','.join(map(str, array.shape))}] {name} = {{{', '.join(map(str, array.ravel()))}}}"
        for name, array in weights.items()
    )
    source = write_onnx(
        f'<ir_version: 8, opset_import: ["" : 17]> g (float[6, N, 3] x) => (float[6, 2, N, 4] y) <{numbers}> '
        f'{{ y = {kind} <hidden_size = 4, direction = "bidirectional"> (x, w, r, b) }}'
    )
    report = mw.convert(source, tmp_path / "m.mindir")
    assert report.status is mw.Status.VERIFIED
