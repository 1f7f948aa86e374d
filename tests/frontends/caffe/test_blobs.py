import numpy as np
import onnx_ir as ir
import pytest

from modelwright.errors import ModelFormatError
from modelwright.frontends.caffe.blobs import Blob, checked_blob


@pytest.mark.parametrize(
    ("stored", "wanted", "fits"),
    [
        ((1, 1, 4, 3), (4, 3), True),
        ((4, 3), (1, 1, 4, 3), True),
        ((1, 1, 1, 4), (4,), True),
        ((1,), (), True),
        ((4, 3), (3, 4), False),
        ((12,), (4, 3), False),
    ],
)
def test_shapes_fit_when_they_differ_by_ones(stored, wanted, fits):
    assert Blob(shape=stored, legacy=False, data=np.zeros(12, np.float32)).fits(wanted) is fits


def test_float32_is_a_view_and_other_dtypes_are_converted_when_used():
    data = np.arange(6, dtype=np.float32)
    view = Blob(shape=(6,), legacy=False, data=data).tensor((2, 3), name="w")
    assert np.shares_memory(view.numpy(), data)
    double = Blob(shape=(6,), legacy=False, data=data.astype(np.float64)).tensor((2, 3), name="w")
    assert isinstance(double, ir.LazyTensor)
    assert double.dtype is ir.DataType.FLOAT
    np.testing.assert_array_equal(double.numpy(), data.reshape(2, 3))


@pytest.mark.parametrize(
    ("dims", "legacy", "shape"), [([2, 3], None, (2, 3)), (None, [1, 1, 2, 3], (1, 1, 2, 3)), (None, None, (6,))]
)
def test_shapes_come_from_either_form(dims, legacy, shape):
    assert checked_blob(np.zeros(6, np.float32), dims, legacy, "w").shape == shape


@pytest.mark.parametrize("dims", [[7], [2**40, 2**40], [-6], [1] * 33])
def test_shapes_that_do_not_fit_the_numbers(dims):
    with pytest.raises(ModelFormatError, match="layer x claims the shape"):
        checked_blob(np.zeros(6, np.float32), dims, None, "layer x")
