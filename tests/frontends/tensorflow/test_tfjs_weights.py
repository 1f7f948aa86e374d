"""Weights of TensorFlow.js, written here as its format says."""

import struct

import numpy as np
import pytest

from modelwright.errors import ModelFormatError, UnsupportedError
from modelwright.frontends.tensorflow.constants import to_numpy
from modelwright.frontends.tensorflow.messages import DATA_TYPES
from modelwright.frontends.tensorflow.tfjs_weights import read_weights
from modelwright.schemas.spans import SpanStore, is_marker


def _read(folder, weights, data, *, cuts=()):
    """Writes ``data`` into shards that end at ``cuts`` and reads them back."""
    paths = []
    for index, (start, end) in enumerate(zip((0, *cuts), (*cuts, len(data)), strict=True)):
        paths.append(f"shard{index}.bin")
        (folder / paths[-1]).write_bytes(data[start:end])
    spans = SpanStore()
    return read_weights([{"paths": paths, "weights": weights}], folder, spans, "model.json"), spans


def _value(found, spans, name, dtype):
    return to_numpy(found[name].tensor(DATA_TYPES[f"DT_{dtype}"], spans), spans)


@pytest.mark.parametrize(
    ("dtype", "array", "declared"),
    [
        ("float32", np.array([[1.5, -2.0]], np.float32), "FLOAT"),
        ("int32", np.array([1, -7], np.int32), "INT32"),
        ("int32", np.array([1, -7], np.int32), "INT64"),
        ("float32", np.array([1.5, -2.0], np.float32), "DOUBLE"),
        ("bool", np.array([[True], [False]]), "BOOL"),
        ("complex64", np.array([1 + 2j], np.complex64), "COMPLEX64"),
        ("uint8", np.array(200, np.uint8), "UINT8"),
        ("float32", np.zeros((0, 3), np.float32), "FLOAT"),
    ],
)
def test_dtypes(tmp_path, dtype, array, declared):
    weight = {"name": "w", "shape": list(array.shape), "dtype": dtype}
    found, spans = _read(tmp_path, [weight], array.tobytes())
    value = _value(found, spans, "w", declared)
    np.testing.assert_array_equal(value, array)
    assert value.shape == array.shape


def test_texts_and_what_follows_them(tmp_path):
    texts = ["", "été", "ab"]
    data = b"".join(struct.pack("<I", len(text.encode())) + text.encode() for text in texts)
    weights = [{"name": "t", "shape": [3, 1], "dtype": "string"}, {"name": "n", "shape": [], "dtype": "int32"}]
    found, spans = _read(tmp_path, weights, data + struct.pack("<i", 5), cuts=(6,))
    assert _value(found, spans, "t", "STRING").ravel().tolist() == [text.encode() for text in texts]
    assert _value(found, spans, "n", "INT32") == 5


@pytest.mark.parametrize("stored", ["uint8", "uint16"])
@pytest.mark.parametrize(("dtype", "declared"), [("float32", "FLOAT"), ("int32", "INT32")])
def test_quantized(tmp_path, stored, dtype, declared):
    steps = np.array([[0, 3, 255]], stored)
    quantization = {"dtype": stored, "scale": 0.3, "min": -1.25}
    weight = {"name": "w", "shape": [1, 3], "dtype": dtype, "quantization": quantization}
    found, spans = _read(tmp_path, [weight], steps.tobytes())
    expected = steps * 0.3 - 1.25
    expected = np.round(expected) if dtype == "int32" else expected.astype(np.float32)
    np.testing.assert_array_equal(_value(found, spans, "w", declared), expected)


def test_halves(tmp_path):
    halves = np.array([1.5, 65504, -0.1], np.float16)
    weight = {"name": "w", "shape": [3], "dtype": "float32", "quantization": {"dtype": "float16"}}
    found, spans = _read(tmp_path, [weight], halves.tobytes())
    np.testing.assert_array_equal(_value(found, spans, "w", "FLOAT"), halves.astype(np.float32))


def test_large_weights_stay_in_their_shard_unless_it_is_cut_through_them(tmp_path):
    first, second = (np.arange(3000, dtype=np.float32) + start for start in (0, 1))
    weights = [{"name": name, "shape": [50, 60], "dtype": "float32"} for name in ("a", "b")]
    found, spans = _read(tmp_path, weights, first.tobytes() + second.tobytes(), cuts=(first.nbytes + 10,))
    for name, array in (("a", first), ("b", second)):
        tensor = found[name].tensor(DATA_TYPES["DT_FLOAT"], spans)
        assert is_marker(tensor.tensor_content)
        np.testing.assert_array_equal(to_numpy(tensor, spans).ravel(), array)
    assert spans.buffer(2).nbytes == second.nbytes


def test_unknown_dtypes(tmp_path):
    with pytest.raises(UnsupportedError, match="'w' has dtype 'int4'"):
        _read(tmp_path, [{"name": "w", "shape": [1], "dtype": "int4"}], b"abcd")


@pytest.mark.parametrize(
    "weight",
    [
        {"shape": [1], "dtype": "int32"},
        {"name": "w", "shape": 1, "dtype": "int32"},
        {"name": "w", "shape": [-1], "dtype": "int32"},
        {"name": "w", "shape": [2], "dtype": "int32"},
        {"name": "w", "shape": [2], "dtype": "string"},
        {"name": "w", "shape": [1 << 70, 0], "dtype": "int32"},
        {"name": "w", "shape": [1] * 70, "dtype": "int32"},
        {"name": "w", "shape": [1], "dtype": "int32", "quantization": {"dtype": "uint8", "scale": "x", "min": 0}},
        {"name": "w", "shape": [1], "dtype": "int32", "quantization": {"dtype": "uint8"}},
    ],
)
def test_malformed_manifests(tmp_path, weight):
    with pytest.raises(ModelFormatError):
        _read(tmp_path, [weight], b"abcd")


@pytest.mark.parametrize("path", ["../shard.bin", "/etc/passwd", 3])
def test_shards_elsewhere_are_refused(tmp_path, path):
    with pytest.raises(ModelFormatError, match="a shard"):
        read_weights([{"paths": [path], "weights": []}], tmp_path, SpanStore(), "model.json")
