from __future__ import annotations

import pytest

from modelwright.passes.layout.permutations import between, elements, moves_only_ones, permuted


def test_between_takes_one_layout_to_another():
    old, new = (0, 2, 3, 1), (3, 1, 0, 2)
    assert permuted(old, between(old, new)) == new


@pytest.mark.parametrize(
    ("shape", "perm", "expected"),
    [
        (("N", 1, 1, 8), (0, 3, 1, 2), True),
        (("N", 1, 2, 8), (0, 3, 1, 2), False),
        ((1, 5, 7, 1), (0, 3, 1, 2), True),
        ((None, 4), (1, 0), False),
        (None, (1, 0), False),
    ],
)
def test_ones_can_move_for_nothing(shape, perm, expected):
    assert moves_only_ones(shape, perm) is expected


def test_unknown_sizes_are_guessed():
    assert elements(("N", "H", 4)) == 128
    assert elements(None) == 1
