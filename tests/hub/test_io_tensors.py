import mmap

import numpy as np
import onnx_ir as ir
import pytest

from modelwright.errors import InternalError, ModelFormatError
from modelwright.hub.io_tensors import byte_length, payload, release_pages, tensor_on


def test_lengths_of_packed_types():
    assert byte_length(ir.DataType.INT4, (3, 3)) == 5
    assert byte_length(ir.DataType.FLOAT6E2M3, (4,)) == 3
    assert byte_length(ir.DataType.UINT2, (5,)) == 2
    assert byte_length(ir.DataType.DOUBLE, ()) == 8


def test_views_share_memory():
    data = np.arange(6, dtype=np.float32)
    tensor = tensor_on(memoryview(data).cast("B"), ir.DataType.FLOAT, (2, 3), name="w")
    assert np.shares_memory(tensor.numpy(), data)
    assert np.shares_memory(np.frombuffer(payload(tensor), np.uint8), data)


def test_empty_tensors():
    assert tensor_on(b"", ir.DataType.FLOAT, (0, 3), name="w").numpy().shape == (0, 3)
    assert len(payload(ir.tensor(np.zeros((0, 3), np.float32)))) == 0


@pytest.mark.parametrize("dtype", [ir.DataType.STRING, ir.DataType.UNDEFINED])
def test_dtypes_without_raw_bytes(dtype):
    with pytest.raises(ModelFormatError, match=dtype.name.lower()):
        tensor_on(b"1234", dtype, (1,), name="w")


def test_transposed_arrays():
    array = np.arange(6, dtype=np.int32).reshape(2, 3)
    assert bytes(payload(ir.Tensor(array.T))) == array.T.tobytes()


def test_a_lazy_tensor_of_another_size():
    liar = ir.LazyTensor(lambda: ir.tensor([1, 2]), ir.DataType.INT64, ir.Shape([3]), name="w")
    with pytest.raises(InternalError, match="16 bytes instead of 24"):
        payload(liar)


def test_released_pages_load_again(tmp_path):
    path = tmp_path / "w.bin"
    content = np.arange(1 << 19, dtype=np.float32)
    path.write_bytes(content.tobytes())
    with path.open("rb") as file:
        view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    tensor = tensor_on(view, ir.DataType.FLOAT, (1 << 19,), name="w")
    data = payload(tensor)
    release_pages(data)
    np.testing.assert_array_equal(tensor.numpy(), content)
    release_pages(memoryview(bytes(1 << 21)))
