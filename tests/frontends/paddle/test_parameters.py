import struct

import numpy as np
import onnx_ir as ir
import pytest

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.frontends.paddle.model import PaddleTensor
from modelwright.frontends.paddle.parameters import read_combined, read_separate
from modelwright.schemas.pool import load_schema

CODES = {"float32": 5, "int64": 3, "int8": 21, "float16": 4, "bool": 0}


def stream(array, levels=()):
    """A tensor as Paddle writes it."""
    described = load_schema("paddle").message("TensorDesc")(data_type=CODES[array.dtype.name], dims=array.shape)
    header = described.SerializeToString()
    lod = b"".join(struct.pack("<Q", 8 * len(level)) + struct.pack(f"<{len(level)}Q", *level) for level in levels)
    head = struct.pack("<IQ", 0, len(levels)) + lod + struct.pack("<Ii", 0, len(header))
    return head + header + array.tobytes()


A, B = np.arange(6, dtype=np.float32).reshape(2, 3), np.array([7, -8], np.int64)
TENSORS = {
    "a": PaddleTensor(name="a", dtype=ir.DataType.FLOAT, shape=(2, 3)),
    "b": PaddleTensor(name="b", dtype=ir.DataType.INT64, shape=(2,)),
}


def combined(tmp_path, data):
    path = tmp_path / "model.pdiparams"
    path.write_bytes(data)
    return path


def test_combined_file_in_the_order_of_names(tmp_path):
    found = read_combined(combined(tmp_path, stream(A) + stream(B, levels=[(0, 2)])), ["a", "b"], TENSORS)
    np.testing.assert_array_equal(found["a"], A)
    np.testing.assert_array_equal(found["b"], B)
    assert not found["a"].flags.owndata


@pytest.mark.parametrize(
    "array", [np.float16([1.5]), np.array([[True]]), np.int8([[-3, 4]]), np.zeros((0, 3), np.float32)]
)
def test_element_types_and_empty_tensors(tmp_path, array):
    found = read_combined(combined(tmp_path, stream(array)), ["w"], {})
    np.testing.assert_array_equal(found["w"], array)


def test_one_file_each(tmp_path):
    for name, array in (("a", A), ("b", B)):
        (tmp_path / name).write_bytes(stream(array))
    np.testing.assert_array_equal(read_separate(tmp_path, ["a", "b"], TENSORS)["b"], B)


def test_missing_files_are_named(tmp_path):
    (tmp_path / "a").write_bytes(stream(A))
    with pytest.raises(ModelNotFoundError, match="one each for b"):
        read_separate(tmp_path, ["a", "b"], TENSORS)


def test_names_that_lead_out_of_the_folder_are_refused(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "a").write_bytes(stream(A))
    (folder / "link").symlink_to("../a")
    for name in ("../a", str(tmp_path / "a"), "link"):
        with pytest.raises(ModelFormatError, match=r"leads out|not a relative path"):
            read_separate(folder, [name], {})


def test_more_dimensions_than_an_array_can_have(tmp_path):
    header = load_schema("paddle").message("TensorDesc")(data_type=5, dims=[1] * 70).SerializeToString()
    data = struct.pack("<IQIi", 0, 0, 0, len(header)) + header + bytes(4)
    with pytest.raises(ModelFormatError, match="has the shape"):
        read_combined(combined(tmp_path, data), ["w"], {})


@pytest.mark.parametrize("length", [3, 10, 20, 30, 45])
def test_truncated_file_names_byte_and_parameter(tmp_path, length):
    with pytest.raises(ModelFormatError, match=r"at byte \d+, in parameter 'a'"):
        read_combined(combined(tmp_path, stream(A)[:length]), ["a"], TENSORS)


def test_file_that_ends_before_a_parameter(tmp_path):
    with pytest.raises(ModelFormatError, match="ends before parameter 'b'"):
        read_combined(combined(tmp_path, stream(A)), ["a", "b"], TENSORS)


def test_file_of_another_program(tmp_path):
    with pytest.raises(ModelFormatError, match="belongs to another program"):
        read_combined(combined(tmp_path, stream(A) + stream(B)), ["a"], TENSORS)
    with pytest.raises(ModelFormatError, match=r"'a' is float32\[3, 2\], but the program says float32\[2, 3\]"):
        read_combined(combined(tmp_path, stream(A.reshape(3, 2)) + stream(B)), ["a", "b"], TENSORS)


def test_hostile_headers(tmp_path):
    for data in (
        b"\x01" * 64,
        struct.pack("<IQ", 0, 2**60),
        struct.pack("<IQIi", 0, 0, 0, -5),
        stream(A)[:20] + b"\xff" * 40,
    ):
        with pytest.raises(ModelFormatError):
            read_combined(combined(tmp_path, data), ["a"], {})
