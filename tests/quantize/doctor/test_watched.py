"""Data that are looked at while they go by."""

from __future__ import annotations

import numpy as np

from modelwright.quantize.doctor.watched import WatchedParts, watched_feeds


class _Counted:
    def __init__(self) -> None:
        self.read = 0

    def __len__(self) -> int:
        return 3

    def __iter__(self):
        for at in range(3):
            self.read += 1
            yield {"x": np.full((1, 2), at, np.float32)}


def test_each_batch_is_looked_at_once() -> None:
    source = _Counted()
    feeds = watched_feeds(source)
    next(iter(feeds))
    assert feeds.seen is None
    assert [item["x"][0, 0] for item in feeds] == [0, 1, 2]
    assert feeds.seen is not None
    assert feeds.seen.samples == 3
    assert len(list(feeds)) == len(feeds) == 3
    assert feeds.seen.samples == 3
    assert not isinstance(feeds, WatchedParts)


class _Parts(_Counted):
    def __init__(self, start: int = 0, stop: int = 6) -> None:
        super().__init__()
        self.places = range(start, stop)

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self):
        return iter([{"x": np.full((1, 2), at, np.float32)} for at in self.places])

    def part(self, start: int, stop: int) -> _Parts:
        return _Parts(self.places[0] + start, self.places[0] + stop)

    def digest(self) -> str:
        return str(self.places)


def test_parts_add_up_to_the_whole() -> None:
    feeds = watched_feeds(_Parts())
    assert isinstance(feeds, WatchedParts)
    list(feeds.part(0, 4).part(0, 2))
    assert feeds.seen is None
    list(feeds.part(0, 4).part(2, 4))
    assert feeds.part(4, 6).digest() == "range(4, 6)"
    list(feeds.part(4, 6))
    assert feeds.seen is not None
    assert feeds.seen.samples == 6
    assert feeds.seen.facts["x"].high == 5


def test_a_part_alone_is_not_the_whole() -> None:
    feeds = watched_feeds(_Parts())
    assert isinstance(feeds, WatchedParts)
    list(feeds.part(3, 6))
    assert feeds.seen is None
