"""The writer still writes what MindSpore ran rightly; ``make oracle-mindspore`` runs it again."""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

import modelwright as mw
from modelwright.errors import UnsupportedError
from modelwright.schemas.mindir_file import read_mindir

sys.path.insert(0, str(Path(__file__).parents[2] / "oracle"))
from mindir_models import FIXTURE, cases, digest, written

VERIFIED = json.loads(FIXTURE.read_text())


def test_every_case_was_verified():
    assert VERIFIED.keys() == cases().keys()


@pytest.mark.parametrize(("name", "text"), cases().items())
def test_files_are_those_that_mindspore_ran(name, text, tmp_path):
    _, target = written(name, text, tmp_path)
    assert digest(target) == VERIFIED[name], "the file changed: run `make oracle-mindspore`, which verifies it anew"


def test_every_refused_node_is_named_at_once(write_onnx, tmp_path):
    path = write_onnx(
        """
        <ir_version: 8, opset_import: ["" : 18]>
        g (float[2, 3, 4, 4] x, float[1, 4] r, int64[1] b) => (float[1, 3, 1, 1] y, float[3, 3] d)
        <float[1, 3, 3] m = {1, 2, 3, 4, 5, 6, 7, 8, 10}>
        { [roi] y = RoiAlign (x, r, b) [det] e = Det (m) [inv] f = Add (e, e) [eye] d = EyeLike (m2) }
        """.replace("[eye] d = EyeLike (m2)", "[bern] g = Bernoulli (x) [id] d = ReduceSum (g, ax)")
        .replace("m = {1, 2, 3, 4, 5, 6, 7, 8, 10}>", "m = {1, 2, 3, 4, 5, 6, 7, 8, 10}, int64[2] ax = {0, 2}>")
        .replace("float[3, 3] d", "float[1, 3, 1, 4] d")
    )
    with pytest.raises(UnsupportedError) as caught:
        mw.convert(path, tmp_path / "m.mindir")
    assert [name for _, name in caught.value.nodes] == ["roi", "bern"]
    assert not (tmp_path / "m.mindir").exists()


def test_the_file_says_what_mindspore_asks_for(write_onnx, tmp_path):
    path = write_onnx(
        '<ir_version: 8, opset_import: ["" : 18]> g (float[N, 2] x) => (float[N, 2] y) '
        "<float[2] w = {3, 4}> { [a] y = Mul (x, w) }"
    )
    report = mw.convert(path, tmp_path / "m.mindir", no_verify=True)
    model = read_mindir(tmp_path / "m.mindir")
    assert (model.producer_name, model.mind_ir_version, model.little_endian) == ("modelwright", 3, True)
    assert [(item.name, np.frombuffer(item.raw_data, np.float32).tolist()) for item in model.graph.parameter] == [
        ("main:w", [3, 4])
    ]
    assert model.graph.output[0].name == "main:y"
    assert [str(spec) for spec in report.artifact.inputs] == ["x: float32[?, 2]"]
    assert "no MindSpore" not in report.verification.reason


def test_without_mindspore_it_is_not_verified(small, tmp_path, monkeypatch):
    monkeypatch.delenv("MODELWRIGHT_MS_PYTHON", raising=False)
    report = mw.convert(small, tmp_path / "m.mindir")
    assert report.status is mw.Status.UNVERIFIED
    assert "--ms-python" in report.verification.reason


def test_weights_beyond_the_limit_lie_in_a_file_of_their_own(write_onnx, tmp_path, monkeypatch):
    monkeypatch.setattr("modelwright.backends.mindir.serialize.INLINE_LIMIT", 7)
    path = write_onnx(
        '<ir_version: 8, opset_import: ["" : 18]> g (float[2] x) => (float[2] y) '
        "<float[2] w = {3, 4}, float[2] v = {5, 6}> { a = Mul (x, w) y = Add (a, v) }"
    )
    with pytest.raises(mw.errors.UsageError, match=r"m_graph\.mindir"):
        mw.convert(path, tmp_path / "m.mindir", no_verify=True)
    report = mw.convert(path, tmp_path / "m_graph.mindir", no_verify=True)
    data = (tmp_path / "m_variables" / "data_0").read_bytes()
    assert data[0] == 1
    entries = read_mindir(tmp_path / "m_graph.mindir").graph.parameter
    for entry, values in zip(entries, ([3, 4], [5, 6]), strict=True):
        place = entry.external_data
        assert place.location == "m_variables/data_0"
        assert place.offset % 64 == 0
        assert np.frombuffer(data[place.offset : place.offset + place.length], np.float32).tolist() == values
    assert [item.path for item in report.files] == ["m_graph.mindir", "m_variables/data_0"]
    assert report.artifact.weight_bytes == 16


def test_same_inputs_same_bytes(write_onnx, tmp_path):
    path = write_onnx(cases()["normalization"])
    for name in ("a", "b"):
        mw.convert(path, tmp_path / f"{name}.mindir", no_verify=True)
    assert (tmp_path / "a.mindir").read_bytes() == (tmp_path / "b.mindir").read_bytes()
    assert onnx.load(path).graph.node[0].op_type == "BatchNormalization"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            """g (float[1, 1, 7] x) => (float[1, 1, A] y) <float[1, 1, 1] w = {3}>
            { y = ConvTranspose <auto_pad = "SAME_UPPER", strides = [2]> (x, w) }""",
            "runtimes pad that differently with SAME",
        ),
        (
            """g (float[N, 1, H, 5] x) => (float[N, 1, A, B] y) <float[4] s = {1, 1, 0.5, 0.5}>
            { y = Resize <mode = "linear", antialias = 1> (x, , s) }""",
            "antialias between sizes that are not known",
        ),
        (
            """g (float[N, 1, H, 5] x, float[4] s) => (float[K, L, A, B] y)
            { y = Resize <mode = "linear", coordinate_transformation_mode = "align_corners"> (x, , s) }""",
            "align_corners with factors that give no whole size",
        ),
        (
            """g (float[1, 1, 2, 2] x, int64[1, 1, 2, 2] i) => (float[1, 1, 5, 5] y) <int64[4] s = {1, 1, 5, 5}>
            { y = MaxUnpool <kernel_shape = [2, 2], strides = [2, 2]> (x, i, s) }""",
            "runtimes count its indices in one or the other",
        ),
    ],
)
def test_what_has_no_certain_answer_is_refused(text, reason, write_onnx, tmp_path):
    path = write_onnx(f'<ir_version: 8, opset_import: ["" : 18]> {text}')
    with pytest.raises(UnsupportedError, match=reason):
        mw.convert(path, tmp_path / "m.mindir")
    assert not (tmp_path / "m.mindir").exists()
