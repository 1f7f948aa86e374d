import itertools

import numpy as np
import pytest

from modelwright.passes.rebatch.layout import Place, place_after_reshape


@pytest.mark.parametrize(
    ("given", "place", "result", "batch", "after"),
    [
        ((1, 3, 8, 8), (0, 1), (1, 192), 1, (0, 1)),
        ((1, 3, 8, 8), (0, 1), (192,), 1, (0, 192)),
        ((1, 192), (0, 1), (1, 1, 192), 1, (0, 1)),
        ((7, 1, 12), (1, 1), (7, 1, 3, 4), 1, (1, 1)),
        ((7, 1, 12), (1, 1), (7, 12), 1, None),
        ((1, 7, 12), (0, 1), (7, 1, 1, 12), 1, (0, 7)),
        ((4, 3, 8), (0, 1), (4, 24), 4, (0, 1)),
        ((4, 3, 8), (0, 1), (12, 8), 4, (0, 3)),
        ((12, 8), (0, 3), (4, 3, 8), 4, (0, 1)),
        ((12, 8), (0, 1), (3, 4, 8), 4, (1, 1)),
        ((4, 3, 8), (0, 1), (8, 12), 4, (0, 2)),
        ((3, 4, 8), (1, 1), (12, 8), 4, (0, 1)),
        ((4, 3), (0, 1), (6, 2), 4, None),
    ],
)
def test_the_batch_stays_where_the_elements_are(given, place, result, batch, after):
    found = place_after_reshape(given, Place(axis=place[0], inner=place[1]), result, batch, [None] * len(result))
    assert (None if found is None else (found.axis, found.inner)) == after


def test_what_comes_out_anyway_decides_between_equal_places():
    found = place_after_reshape((7, 1, 12), Place(axis=1, inner=1), (7, 12), 1, [None, 12])
    assert found == Place(axis=1, inner=12)


@pytest.mark.parametrize("batch", [2, 3, 5])
def test_against_the_elements_themselves(batch):
    """Every sample's elements must be those at its place, for all reshapes among some shapes."""
    shapes = [
        (batch, 6, 4),
        (batch, 24),
        (6, batch, 4),
        (6 * batch, 4),
        (batch * 6, 4),
        (batch, 2, 3, 4),
        (batch * 24,),
    ]
    for given, result in itertools.permutations(shapes, 2):
        for place in [Place(axis=axis, inner=1) for axis, size in enumerate(given) if size == batch]:
            found = place_after_reshape(given, place, result, batch, [None] * len(result))
            labels = np.broadcast_to(
                np.arange(batch).reshape([batch if axis == place.axis else 1 for axis in range(len(given))]), given
            )
            if found is not None:
                outer = result[found.axis] // batch // found.inner
                split = [*result[: found.axis], outer, batch, found.inner, *result[found.axis + 1 :]]
                moved = np.moveaxis(labels.reshape(split), found.axis + 1, 0)
                assert all(np.all(moved[sample] == sample) for sample in range(batch)), (given, result)
