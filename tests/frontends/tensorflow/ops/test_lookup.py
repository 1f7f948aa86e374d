"""Hash tables against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("lookup"), ids=str)
def test_lookup(case: Case) -> None:
    check(case)
