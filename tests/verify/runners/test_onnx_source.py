from pathlib import Path

import numpy as np
import onnx.parser
import pytest

from modelwright.formats import Format
from modelwright.verify.runners.onnx_source import query_source
from modelwright.verify.source import Binding, SourceQuery, SourceRunFailed

TEXT = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[BATCH, 3] x, float[3] s) => (float[BATCH, 3] y, float[3] t, float[3] u)
<int64[1] z = {0}>
{ m = Mul (x, s)  y = Neg (m)  t = Abs (s)  u = ReduceSum <keepdims = 0> (x, z) }
"""


def _query(tmp_path: Path, size: int, **details) -> SourceQuery:
    path = tmp_path / "source.onnx"
    onnx.save(onnx.parser.parse_model(TEXT.replace("BATCH", str(size))), path)
    names = [Binding(name=name, source=name) for name in "xs"]
    outputs = tuple(Binding(name=name, source=name) for name in "ytu")
    return SourceQuery(model=path, format=Format.ONNX, inputs=tuple(names), outputs=outputs, details=details)


def _batch(size: int) -> dict:
    return {"size": size, "inputs": {"x": 0}, "outputs": {"y": (0, 1)}, "only": True}


@pytest.mark.parametrize(("own", "wanted", "runs"), [(1, 4, 4), (2, 4, 2), (2, 5, 3), (4, 1, 1)])
def test_slices_of_the_sources_own_batch(tmp_path, own, wanted, runs):
    runner = query_source(_query(tmp_path, own, batch=_batch(own)))
    x = np.random.default_rng(0).standard_normal((wanted, 3)).astype("f")
    s = np.array([1, 2, 3], np.float32)
    found = runner.run({"x": x, "s": s})
    np.testing.assert_allclose(found.arrays["y"], -x * s, rtol=1e-6)
    np.testing.assert_array_equal(found.arrays["t"], s)
    assert f"{runs} runs of batch {own}" in found.label
    assert ("u" in found.arrays) == (runs == 1)


def test_other_shapes_run_in_a_copy_without_declared_sizes(tmp_path):
    runner = query_source(_query(tmp_path, 1, shapes_changed=True))
    x = np.ones((4, 3), np.float32)
    found = runner.run({"x": x, "s": x[0]})
    np.testing.assert_array_equal(found.arrays["u"], [4, 4, 4])
    assert "declared shapes opened" in found.label


def test_a_source_that_does_not_run_is_told(tmp_path):
    query = _query(tmp_path, 1, batch=_batch(1))
    query.model.write_bytes(b"nothing")
    with pytest.raises(SourceRunFailed, match="at its own batch"):
        query_source(query).run({"x": np.ones((2, 3), np.float32), "s": np.ones(3, np.float32)})


def test_a_cut_has_no_runner(tmp_path):
    assert query_source(_query(tmp_path, 1, cut=True)) is None
