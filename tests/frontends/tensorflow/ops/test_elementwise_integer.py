"""Division, remainders and bits against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("elementwise_integer"), ids=str)
def test_elementwise_integer(case: Case) -> None:
    check(case)
