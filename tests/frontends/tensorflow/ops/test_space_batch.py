"""Space_batch operators against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("space_batch"), ids=str)
def test_space_batch(case: Case) -> None:
    check(case, rtol=1e-5, atol=1e-5)
