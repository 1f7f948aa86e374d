"""StridedSlice against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("slicing_strided"), ids=str)
def test_slicing_strided(case: Case) -> None:
    check(case)
