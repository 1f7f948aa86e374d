import pytest

from modelwright.backends.tflite.shapes import broadcast


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ([(2, 1), (3,)], (2, 3)),
        ([("N", 4), (1, 4)], ("N", 4)),
        ([("N", 4), ("M", 4)], (None, 4)),
        ([("N",), (5,)], (5,)),
        ([(), ()], ()),
        ([None, (2,)], None),
    ],
)
def test_broadcast(shapes, expected):
    assert broadcast(shapes) == expected
