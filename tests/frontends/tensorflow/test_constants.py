import ml_dtypes
import numpy as np
import pytest

from modelwright.errors import ModelFormatError, UnsupportedError
from modelwright.frontends.tensorflow.constants import NUMPY_DTYPES, from_numpy, to_numpy
from modelwright.frontends.tensorflow.messages import DATA_TYPES, message_class
from modelwright.schemas.spans import SpanStore


def tensor(kind, shape, **fields):
    proto = message_class("TensorProto")(dtype=DATA_TYPES[f"DT_{kind}"], **fields)
    for size in shape:
        proto.tensor_shape.dim.add(size=size)
    return proto


@pytest.mark.parametrize(
    ("proto", "expected"),
    [
        (tensor("FLOAT", [2, 2], float_val=[1.5]), np.full((2, 2), 1.5, np.float32)),
        (tensor("FLOAT", [4], float_val=[1, 2]), np.array([1, 2, 2, 2], np.float32)),
        (tensor("INT32", [], int_val=[-3]), np.array(-3, np.int32)),
        (tensor("UINT8", [2], int_val=[255, 1]), np.array([255, 1], np.uint8)),
        (tensor("QINT8", [1], int_val=[-7]), np.array([-7], np.int8)),
        (tensor("INT64", [1], int64_val=[1 << 40]), np.array([1 << 40], np.int64)),
        (tensor("UINT64", [1], uint64_val=[1 << 63]), np.array([1 << 63], np.uint64)),
        (tensor("BOOL", [3], bool_val=[True, False]), np.array([True, False, False])),
        (tensor("HALF", [1], half_val=[0x3E00]), np.array([1.5], np.float16)),
        (tensor("BFLOAT16", [1], half_val=[0x3FC0]), np.array([1.5], ml_dtypes.bfloat16)),
        (tensor("COMPLEX64", [1], scomplex_val=[1, 2]), np.array([1 + 2j], np.complex64)),
        (tensor("STRING", [2], string_val=[b"a", b"b"]), np.array([b"a", b"b"], object)),
        (tensor("FLOAT", [0, 3]), np.zeros((0, 3), np.float32)),
        (tensor("STRING", [2]), np.array([b"", b""], object)),
        (tensor("INT32", [2]), np.zeros(2, np.int32)),
        (tensor("BFLOAT16", [2]), np.zeros(2, ml_dtypes.bfloat16)),
        (tensor("INT4", [1, 2]), np.zeros((1, 2), ml_dtypes.int4)),
        (tensor("INT16", [2], tensor_content=b"\x01\x00\xff\xff"), np.array([1, -1], np.int16)),
    ],
)
def test_values(proto, expected):
    found = to_numpy(proto, SpanStore())
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def test_spans_are_not_copied():
    spans = SpanStore()
    data = np.arange(6, dtype=np.float32)
    index = spans.add(data.tobytes(), "memory")
    found = to_numpy(tensor("FLOAT", [3], tensor_content=spans.marker(index, 8, 12)), spans)
    np.testing.assert_array_equal(found, data[2:5])
    assert not found.flags.writeable
    assert np.shares_memory(found, np.frombuffer(spans.buffer(index), np.float32))


@pytest.mark.parametrize("kind", sorted(NUMPY_DTYPES))
def test_round_trip(kind):
    dtype = NUMPY_DTYPES[kind]
    values = np.array([b"x", b""], object) if dtype.hasobject else np.array([1, 0]).astype(dtype)
    np.testing.assert_array_equal(to_numpy(from_numpy(values, kind), SpanStore()), values)


def test_wrong_sizes_and_types():
    with pytest.raises(ModelFormatError, match="holds 3 bytes"):
        to_numpy(tensor("FLOAT", [1], tensor_content=b"abc"), SpanStore())
    with pytest.raises(ModelFormatError, match="holds 2 values"):
        to_numpy(tensor("FLOAT", [1], float_val=[1, 2]), SpanStore())
    with pytest.raises(UnsupportedError, match="DT_RESOURCE"):
        to_numpy(tensor("RESOURCE", [1]), SpanStore())


@pytest.mark.parametrize("shape", [[1 << 40], [1 << 62, 1 << 62, 0], [-1], [1] * 70])
def test_sizes_that_no_tensor_has(shape):
    with pytest.raises(ModelFormatError, match="which no tensor has"):
        to_numpy(tensor("FLOAT", shape, float_val=[1]), SpanStore())


def test_one_number_repeated_takes_no_memory():
    found = to_numpy(tensor("FLOAT", [1 << 14, 1 << 14], float_val=[2]), SpanStore())
    assert (found.shape, found.strides, found[5, 7]) == ((1 << 14, 1 << 14), (0, 0), 2)


def test_numbers_are_no_strings():
    with pytest.raises(ModelFormatError, match="constant of strings"):
        from_numpy(np.array([1.5], object), DATA_TYPES["DT_STRING"])
