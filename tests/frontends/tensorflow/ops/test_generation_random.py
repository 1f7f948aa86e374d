"""Random numbers: dtypes, shapes and the moments of what is drawn."""

from __future__ import annotations

import numpy as np
import pytest
from checking import Case, check_runs, load_cases

MOMENTS = {"RandomUniform": (0.5, 0.29), "RandomStandardNormal": (0, 1), "RandomUniformInt": (0, 2)}
"""Mean and deviation of the distributions whose samples are large enough to tell."""


@pytest.mark.parametrize("case", load_cases("generation_random"), ids=str)
def test_generation_random(case: Case) -> None:
    drawn = check_runs(case)[0]
    if case.name in MOMENTS:
        mean, deviation = MOMENTS[case.name]
        np.testing.assert_allclose([drawn.mean(), drawn.std()], [mean, deviation], atol=0.35 * (1 + deviation))
