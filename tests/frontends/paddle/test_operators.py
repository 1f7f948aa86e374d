"""Every operator fixture converts and gives what Paddle gave, in both formats."""

import numpy as np
import pytest
from paddle_checking import archive, results, sides, write_model

FILES = ("operators_pir", "operators_program")
CASES = [(file, name) for file in FILES for name in archive(file)]


@pytest.mark.parametrize(
    ("file", "name"), CASES, ids=[f"{file.removeprefix('operators_')}-{name}" for file, name in CASES]
)
def test_operator(file, name, tmp_path):
    case = archive(file)[name]
    inputs, expected = sides(case)
    found = results(write_model(case, tmp_path), inputs)
    assert len(found) == len(expected)
    for mine, theirs in zip(found, expected, strict=True):
        assert mine.dtype == theirs.dtype
        assert mine.shape == theirs.shape
        np.testing.assert_allclose(mine, theirs, rtol=2e-5, atol=2e-5)
