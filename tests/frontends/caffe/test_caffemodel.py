import numpy as np
import pytest
from caffe_writing import blob, caffemodel, caffemodel_v0, caffemodel_v1, message, number, text

from modelwright.errors import ModelFormatError
from modelwright.frontends.caffe.caffemodel import read_caffemodel

RNG = np.random.default_rng(3)
WEIGHTS = {"c": ("Convolution", [RNG.normal(size=(4, 3, 2, 2)).astype(np.float32), np.arange(4, dtype=np.float32)])}
BIG = {"c": ("InnerProduct", [RNG.normal(size=(50, 40)).astype(np.float32)])}


def _read(folder, data):
    (folder / "net.caffemodel").write_bytes(data)
    return read_caffemodel(folder / "net.caffemodel")


@pytest.mark.parametrize(
    ("write", "options"),
    [
        (caffemodel, {}),
        (caffemodel, {"legacy": True}),
        (caffemodel, {"double": True}),
        (caffemodel, {"packed": False}),
        (caffemodel_v1, {}),
        (caffemodel_v1, {"legacy": True, "packed": False}),
        (caffemodel_v0, {"legacy": True}),
    ],
)
@pytest.mark.parametrize("weights", [WEIGHTS, BIG], ids=["small", "big"])
def test_all_generations_and_forms_of_blobs(tmp_path, write, options, weights):
    kind = weights["c"][0]
    names = {"Convolution": "conv", "InnerProduct": "innerproduct"}
    given = {"c": (names[kind], weights["c"][1])} if write is caffemodel_v0 else weights
    (layer,) = _read(tmp_path, write(given, **options)).layers
    assert (layer.name, layer.type) == ("c", kind)
    for found, want in zip(layer.blobs, weights["c"][1], strict=True):
        assert found.fits(want.shape)
        assert found.legacy == options.get("legacy", False)
        np.testing.assert_array_equal(found.array().reshape(want.shape), want)
        np.testing.assert_array_equal(found.tensor(want.shape, name="w").numpy(), want)


def test_large_weights_stay_in_the_file(tmp_path):
    (layer,) = _read(tmp_path, caffemodel(BIG)).layers
    assert not layer.blobs[0].data.flags.owndata
    assert not layer.blobs[0].data.flags.writeable


def test_half_precision_of_a_fork(tmp_path):
    values = np.array([1, -2.5, 0.125], np.float16)
    stored = message(7, message(1, b"\x03")) + number(10, 2) + message(12, values.tobytes())
    data = message(100, text(1, "s") + text(2, "Scale") + message(7, stored))
    np.testing.assert_array_equal(_read(tmp_path, data).layers[0].blobs[0].array(), [1, -2.5, 0.125])


def test_chunks_of_packed_numbers_are_joined(tmp_path):
    values = np.arange(6, dtype="<f4")
    stored = message(7, message(1, b"\x06")) + message(5, values[:2].tobytes()) + message(5, values[2:].tobytes())
    data = message(100, text(1, "s") + text(2, "Scale") + message(7, stored))
    np.testing.assert_array_equal(_read(tmp_path, data).layers[0].blobs[0].array(), values)


def test_weights_as_text(tmp_path):
    path = tmp_path / "net.caffemodel"
    path.write_text('layer { name: "s" type: "Scale" blobs { shape { dim: 2 } data: 1.5 data: -2 } }')
    np.testing.assert_array_equal(read_caffemodel(path).layers[0].blobs[0].array(), [1.5, -2])


def _broken(stored):
    return message(100, text(1, "s") + text(2, "Scale") + message(7, stored))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x89HDF\r\n\x1a\n" + bytes(20), "is an HDF5 file"),
        (text(1, "net"), "there is no layer"),
        (caffemodel(BIG)[:-100], "damaged or truncated at byte"),
        (caffemodel(WEIGHTS)[:-3], "damaged or truncated at byte"),
        (_broken(message(7, message(1, b"\x05")) + message(5, bytes(8))), "layer 's': blob 0 claims the shape [5]"),
        (_broken(message(7, message(1, b"\xff\xff\xff\xff\x0f" * 2)) + message(5, bytes(8))), "but holds 2"),
        (_broken(number(1, 1) + number(2, (1 << 64) - 1) + message(5, bytes(8))), "claims the shape [1, -1"),
        (_broken(message(7, message(1, bytes(50)))), "claims the shape [0, 0"),
        (_broken(message(7, message(1, b"\x02")) + message(5, bytes(7))), "no whole number of elements"),
        (b"\xff" * 40, "damaged or truncated at byte 0"),
        (b"\x06\x00", "unknown wire type 6"),
    ],
)  # fmt: skip
def test_damage_is_named(tmp_path, data, reason):
    with pytest.raises(ModelFormatError) as caught:
        _read(tmp_path, data)
    assert reason in caught.value.message
    assert caught.value.hint


def test_a_blob_fits_whatever_ones_it_has():
    found = blob(np.zeros((4, 3), np.float32), legacy=True)
    assert found[:8] == bytes([8, 1, 16, 1, 24, 4, 32, 3])
