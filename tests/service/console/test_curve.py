import pytest

from modelwright.service.console.curve import BOTTOM, LEFT, RIGHT, TOP, Spot, curve, height


def spots(count, **values):
    wanted = {"op_type": "Conv", "text": "1", "marked": False, "share": 0.5} | values
    return [Spot(name=f"t{place}", **wanted) for place in range(count)]


def test_points_stand_in_order_within_the_field():
    found = curve(spots(3), 0.25, [(0, "low"), (1, "high")])
    places = [point.x for point in found.points]
    assert places == sorted(places)
    assert all(LEFT < place < RIGHT for place in places)
    assert {point.y for point in found.points} == {(TOP + BOTTOM) / 2}
    assert (found.limit, found.ticks) == (height(0.25), ((BOTTOM, "low"), (TOP, "high")))
    assert found.line.split() == [f"{point.x},{point.y}" for point in found.points]


def test_bars_hang_from_the_top_where_they_are_known():
    assert [point.bar_height for point in curve(spots(1), 0, []).points] == [None]
    assert [point.bar_height for point in curve(spots(1, alone=0.25), 0, []).points] == [
        pytest.approx((BOTTOM - TOP) * 0.75, abs=0.1)
    ]


def test_of_many_points_those_that_are_marked_are_drawn():
    found = curve([*spots(500), *spots(1, marked=True)], 0, [])
    assert sum(point.shown for point in found.points) == 1
    assert len(found.points) == 501
