import dataclasses

import numpy as np

from modelwright.formats import Format
from modelwright.frontends.manifest import LoadRequest
from modelwright.frontends.onnx.load import load
from modelwright.pipeline import cut_reference
from modelwright.pipeline.cut_reference import write_cut_reference


def _cut(path, inputs, outputs):
    return load(LoadRequest(path=path, format=Format.ONNX, options={"inputs": inputs, "outputs": outputs}))


def test_the_tensors_at_both_ends_are_those_of_the_source(small, tmp_path):
    path, method = write_cut_reference(small, _cut(small, ["a", "b"], ["y"]), tmp_path, seed=1)
    assert "seed 1" in method
    with np.load(path) as data:
        assert sorted(data) == ["in:a", "in:b", "out:y"]
        np.testing.assert_array_equal(data["in:a"] + data["in:b"], data["out:y"])
        assert data["in:a"].min() == 0


def test_large_and_broken_sources_give_none(small, tmp_path, write_onnx):
    imported = _cut(small, ["a"], ["y"])
    large = dataclasses.replace(imported.summary, weight_bytes=cut_reference.LARGEST + 1)
    assert write_cut_reference(small, dataclasses.replace(imported, summary=large), tmp_path, seed=0) is None
    broken = write_onnx(
        '<ir_version: 8, opset_import: ["" : 17]> g (float[2] x) => (float[3] y)'
        "<int64[1] shape = {3}> { a = Abs (x)\n y = Reshape (a, shape) }",
        "broken.onnx",
    )
    assert write_cut_reference(broken, _cut(broken, ["a"], ["y"]), tmp_path, seed=0) is None
