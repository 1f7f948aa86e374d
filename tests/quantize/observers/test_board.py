import numpy as np
import pytest

from modelwright.quantize.observers.board import Board, NotFiniteError
from modelwright.quantize.observers.sketch import merged, sketch_of

RANDOM = np.random.default_rng(5)


def ends(batch):
    return [np.array([getattr(array, end)() for array in batch], np.float32) for end in ("min", "max")]


def batches(count):
    """Of five tensors: one that grows, one that moves, a constant one, a large one, and one with nothing counted."""
    for place in range(count):
        yield [
            (RANDOM.standard_normal(100) * 2.0**place).astype(np.float32),
            (RANDOM.random(50) - place).astype(np.float32),
            np.full(7, 3.0, np.float32),
            RANDOM.standard_normal(1 << 17).astype(np.float32) * np.float32(1e-5),
            np.maximum(RANDOM.standard_normal((3, 4)), 0).astype(np.float32),
        ]


def test_it_counts_what_merged_sketches_count():
    board, single = Board(5), [None] * 5
    for batch in batches(9):
        board.add(*ends(batch), batch)
        seen = [sketch_of(array, float(array.min()), float(array.max())) for array in batch]
        single = [new if old is None else merged(old, new) for old, new in zip(single, seen, strict=True)]
    for found, expected in zip(board.sketches(), single, strict=True):
        assert expected is not None
        assert (found.low, found.high, found.exponent, found.first) == (
            expected.low,
            expected.high,
            expected.exponent,
            expected.first,
        )
        assert np.array_equal(found.counts, expected.counts)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_the_tensor_that_is_not_finite_is_told(bad):
    batch = [np.ones(4, np.float32), np.array([1.0, bad, 2.0], np.float32)]
    low, high = np.ones(2, np.float32), np.full(2, 2.0, np.float32)
    with pytest.raises(NotFiniteError) as error:
        Board(2).add(low, high, batch)
    assert error.value.place == 1
    with pytest.raises(NotFiniteError) as error:
        Board(2).add(np.array([bad, 1.0], np.float32), high, batch)
    assert error.value.place == 0


def test_nothing_was_seen():
    with pytest.raises(ValueError, match="nothing was seen"):
        Board(1).sketches()
