import pytest

from modelwright.backends.tensorrt.profile import make_profile, usual_shapes
from modelwright.errors import ShapeError, UnknownNameError, UsageError
from modelwright.formats import TensorSpec

INPUTS = (
    TensorSpec(name="x", dtype="float32", shape=("N", 3, None)),
    TensorSpec(name="m", dtype="int64", shape=(4,)),
)


def profile(smallest=(), usual=(), largest=()):
    return make_profile(INPUTS, smallest=smallest, usual=usual, largest=largest)


def test_what_is_not_said_follows_from_what_is():
    found = profile(["x[1,3,8]"], [], ["x[8,3,64]"])
    assert found.rows() == {"x": [[1, 3, 8], [8, 3, 64], [8, 3, 64]]}
    assert profile(usual=["x[2,3,8]"]).rows() == {"x": [[2, 3, 8]] * 3}
    assert profile(smallest=["x[2,3,8]"]).rows() == {"x": [[2, 3, 8]] * 3}
    assert usual_shapes(INPUTS, found) == {"m": (4,), "x": (8, 3, 64)}


@pytest.mark.parametrize(
    ("sizes", "error", "message"),
    [
        ({}, UsageError, r"x \[N, 3, \?\] are open"),
        ({"usual": ["y[1]"]}, UnknownNameError, "y"),
        ({"usual": ["x[1,3,?]"]}, UsageError, "leaves sizes open"),
        ({"usual": ["x"]}, UsageError, "leaves sizes open"),
        ({"usual": ["x[1,4,8]"]}, ShapeError, "contradicts"),
        ({"usual": ["x[1,3]"]}, ShapeError, "contradicts"),
        ({"smallest": ["x[4,3,8]"], "usual": ["x[1,3,8]"]}, ShapeError, "dimension 0"),
    ],
)
def test_sizes_that_are_no_range(sizes, error, message):
    with pytest.raises(error, match=message):
        profile(**sizes)
