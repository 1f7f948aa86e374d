"""Shapes and axes moved between layouts against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("layout_formats"), ids=str)
def test_layout_formats(case: Case) -> None:
    check(case)
