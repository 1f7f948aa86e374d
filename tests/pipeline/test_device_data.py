import json

import numpy as np
import onnx
import pytest
from onnx import parser

from modelwright.backends.written import Written
from modelwright.errors import ArtifactInvalid
from modelwright.formats import ArtifactTensor
from modelwright.pipeline.device_data import keep_device_data


def written(tmp_path, **options):
    return Written(files=(tmp_path / "m",), keep=tmp_path / "kept.npz", raw=tmp_path / "raw", **options)


def test_arrays_as_the_artifact_has_them(tmp_path):
    x, y = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4), np.array([3], np.int64)
    np.savez(tmp_path / "kept.npz", **{"in:x": x, "out:y": y, "out:z": y})
    found = keep_device_data(
        written(
            tmp_path,
            inputs=(ArtifactTensor(name="x", artifact="scope/x:0", perm=(0, 2, 3, 1)),),
            outputs=(ArtifactTensor(name="y", artifact="y"),),
        ),
        seed=0,
    )
    assert [path.name for path in found] == ["input_0_scope_x_0.bin", "output_0_y.bin", "tensors.json"]
    listed = json.loads(found[-1].read_text())
    assert listed["inputs"] == [
        {"name": "scope/x:0", "file": "input_0_scope_x_0.bin", "dtype": "float32", "shape": [1, 3, 4, 2], "model": "x"}
    ]
    raw = np.fromfile(found[0], np.float32).reshape(1, 3, 4, 2)
    np.testing.assert_array_equal(raw, x.transpose(0, 2, 3, 1))


def test_nothing_is_wanted(tmp_path):
    assert keep_device_data(Written(files=(tmp_path / "m",)), seed=0) == ()
    assert keep_device_data(written(tmp_path), seed=0) == ()


def test_a_computation_with_inputs_of_its_own(tmp_path):
    text = '<ir_version: 8, opset_import: ["" : 17]> net (uint8[500] x) => (float[500] y) { y = Cast <to = 1> (x) }'
    onnx.save(parser.parse_model(text), tmp_path / "device.onnx")
    tensors = {
        "inputs": (ArtifactTensor(name="x", artifact="x"),),
        "outputs": (ArtifactTensor(name="y", artifact="y"),),
    }
    keep_device_data(written(tmp_path, device=tmp_path / "device.onnx", **tensors), seed=3)
    with np.load(tmp_path / "kept.npz") as kept:
        assert kept["in:x"].min() < 10
        assert kept["in:x"].max() > 245
        np.testing.assert_array_equal(kept["out:y"], kept["in:x"].astype(np.float32))
    (tmp_path / "device.onnx").write_bytes(b"broken")
    with pytest.raises(ArtifactInvalid):
        keep_device_data(written(tmp_path, device=tmp_path / "device.onnx"), seed=3)
