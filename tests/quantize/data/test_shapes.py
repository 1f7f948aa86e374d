"""Entries, inputs, shapes and batches."""

import numpy as np
import pytest

from modelwright.errors import CalibrationDataError
from modelwright.formats import TensorSpec
from modelwright.quantize.data.settings import FileType, InputData
from modelwright.quantize.data.shapes import batch_of, file_dtype, fit, is_batched, pair


def _spec(name, shape, dtype="float32"):
    return TensorSpec(name=name, dtype=dtype, shape=shape)


def _data(**options):
    return InputData(path="data", **{"file_type": FileType.NPY, **options})


A, B, C = (_spec(name, (1, 4)) for name in "abc")


def test_entries_are_paired_by_name_else_in_order():
    entries = [_data(name="c"), InputData(path="first"), InputData(path="second")]
    paired = [(entry.path, spec.name) for entry, spec in pair(entries, [A, B, C])]
    assert paired == [("first", "a"), ("second", "b"), ("data", "c")]


def test_a_name_that_the_model_does_not_have():
    with pytest.raises(CalibrationDataError, match="name an input 'image' that the model does not have") as caught:
        pair([_data(name="image")], [_spec("images", (1, 4))])
    assert caught.value.hint == "did you mean 'images'? its inputs are images: float32[1, 4]"


@pytest.mark.parametrize("count", [1, 3])
def test_another_number_of_entries(count):
    with pytest.raises(CalibrationDataError, match=f"data for {count} inputs?, but the model has 2: a: float32"):
        pair([_data()] * count, [A, B])


@pytest.mark.parametrize(
    ("model", "given", "shape"),
    [
        ((1, 3, 8, 8), None, (1, 3, 8, 8)),
        (("N", 3, None, None), (1, 3, 8, 8), ("N", 3, 8, 8)),
        (None, (2, 3), (2, 3)),
        (("N", "L"), None, ("N", "L")),
        ((), (), ()),
    ],
)
def test_shapes(model, given, shape):
    assert fit(_data(shape=given), _spec("x", model)).shape == shape


@pytest.mark.parametrize(
    ("model", "given", "said"),
    [
        ((1, 3, 8, 8), (1, 3, 9, 8), "is not the model's"),
        ((1, 3, 8, 8), (2, 3, 8, 8), "is not the model's"),
        (("N", 3), (1, 3, 8), "is not the model's"),
        (None, None, "does not say the shape of input 'x'"),
    ],
)
def test_shapes_that_contradict_the_model(model, given, said):
    with pytest.raises(CalibrationDataError, match=said):
        fit(_data(shape=given), _spec("x", model))


def test_dtypes():
    assert fit(_data(), _spec("x", (1,), "int64")).dtype == np.int64
    assert fit(_data(dtype="int64"), _spec("x", (1,), "int64")).dtype == np.int64
    with pytest.raises(CalibrationDataError, match="input 'x' is int64, but its entry says dtype float32"):
        fit(_data(dtype="float32"), _spec("x", (1,), "int64"))
    with pytest.raises(CalibrationDataError, match="'flaot32' is no dtype of numbers"):
        fit(_data(dtype="flaot32"), _spec("x", (1,)))
    for dtype in ("string", "bfloat16", "int4", "unknown"):
        with pytest.raises(CalibrationDataError, match=f"input 'x' is {dtype}: calibration data are numbers"):
            fit(_data(), _spec("x", (1,), dtype))


def test_raw_files_may_hold_another_dtype():
    raw = fit(_data(file_type=FileType.RAW, dtype="uint8"), _spec("x", (1, 3)))
    assert (raw.dtype, file_dtype(raw)) == (np.float32, np.uint8)
    assert file_dtype(fit(_data(file_type=FileType.RAW), _spec("x", (1, 3), "int32"))) == np.int32


@pytest.mark.parametrize(
    ("shapes", "wanted", "batch"),
    [
        ([(1, 3, 8, 8)], None, 1),
        ([(4, 3, 8, 8)], None, 4),
        ([(4, 3, 8, 8)], 4, 4),
        ([("N", 3, 8, 8)], None, 1),
        ([("N", 3, 8, 8)], 5, 5),
        ([(2,), (1, 3, 8, 8)], None, 1),
        ([(), ("N", 8)], 3, 3),
        ([()], None, 1),
    ],
)
def test_batches(shapes, wanted, batch):
    fitted = [fit(_data(), _spec(f"x{index}", shape)) for index, shape in enumerate(shapes)]
    assert batch_of(fitted, wanted) == batch


def test_an_open_batch_may_be_said_by_input_shape():
    assert batch_of([fit(_data(shape=(6, 3)), _spec("x", ("N", 3)))], None) == 6


def test_a_fixed_batch_is_not_overruled():
    with pytest.raises(CalibrationDataError, match="calibration_batch_size is 2, but the model's batch is fixed to 4"):
        batch_of([fit(_data(), _spec("x", (4, 3)))], 2)


def test_which_inputs_have_a_batch():
    image = InputData(path="data")
    assert is_batched(fit(image, _spec("x", (1, 3, 8, 8))), 1)
    assert not is_batched(fit(image, _spec("x", (3, 8, 8))), 1)
    assert is_batched(fit(image, _spec("x", ("N", 8, 8))), 1)
    assert not is_batched(fit(_data(), _spec("x", (2,))), 1)
    assert is_batched(fit(_data(), _spec("x", (2,))), 2)
    assert not is_batched(fit(_data(), _spec("x", ())), 1)
    assert batch_of([fit(image, _spec("x", (3, 8, 8)))], None) == 1
