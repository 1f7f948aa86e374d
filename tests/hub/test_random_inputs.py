import numpy as np
import pytest

from modelwright.errors import UnknownNameError
from modelwright.formats import TensorSpec
from modelwright.hub.random_inputs import choose_shapes, has_open_sizes, random_inputs


def spec(name, dtype, *shape):
    return TensorSpec(name=name, dtype=dtype, shape=shape)


def test_open_sizes_are_consistent_by_name():
    specs = [spec("ids", "int64", "batch", "seq"), spec("mask", "int64", "batch", "seq"), spec("z", "float32", None, 4)]
    assert choose_shapes(specs, {}) == {"ids": (2, 5), "mask": (2, 5), "z": (2, 4)}
    assert choose_shapes(specs, {"seq": 9})["mask"] == (2, 9)
    image = [spec("x", "float32", None, None, None, 3)]
    assert choose_shapes(image, {}) == {"x": (2, 65, 67, 3)}
    assert has_open_sizes(specs, {"batch": 1, "seq": 1})
    assert not has_open_sizes(specs[:2], {"batch": 1, "seq": 1})


def test_unknown_names_are_refused():
    with pytest.raises(UnknownNameError, match="batsch"):
        choose_shapes([spec("x", "float32", "batch")], {"batsch": 3})
    with pytest.raises(UnknownNameError, match="y"):
        random_inputs([spec("x", "float32", 2)], seed=0, ranges={"y": (0, 1)})


def test_every_dtype_within_its_range():
    names = ["float32", "float64", "float16", "int64", "int32", "uint8", "int8", "bool", "string", "complex64"]
    arrays = random_inputs([spec(name, name, 500) for name in names], seed=0)
    for name in names:
        assert arrays[name].dtype == (object if name == "string" else np.dtype(name))
    assert set(arrays["int64"].tolist()) == {0, 1}
    assert arrays["uint8"].max() > 200
    assert -1 <= arrays["float32"].min() < -0.9


def test_ranges_seeds_and_streams():
    specs = [spec("a", "int32", 50), spec("b", "float32", 5)]
    first = random_inputs(specs, seed=1, ranges={"a": (5, 8)})
    assert set(first["a"].tolist()) == {5, 6, 7}
    np.testing.assert_array_equal(first["b"], random_inputs(specs, seed=1)["b"])
    assert not np.array_equal(first["b"], random_inputs(specs, seed=2)["b"])


def test_an_unknown_rank_is_a_vector():
    unknown = TensorSpec(name="x", dtype="float32", shape=None)
    assert choose_shapes([unknown], {}) == {"x": (2,)}
    assert has_open_sizes([unknown], {})


@pytest.mark.parametrize("dtype", ["float8e4m3fn", "float8e5m2", "bfloat16", "int4", "uint4", "float16", "complex64"])
def test_dtypes_that_numpy_knows_through_others(dtype):
    found = random_inputs([TensorSpec(name="x", dtype=dtype, shape=(3,))], seed=0)["x"]
    assert (found.shape, str(found.dtype).replace("_", "")) == ((3,), dtype)
