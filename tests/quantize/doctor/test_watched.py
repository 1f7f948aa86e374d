"""Data that are looked at while they go by."""

from __future__ import annotations

import numpy as np

from modelwright.quantize.doctor.watched import WatchedFeeds


class _Counted:
    def __init__(self) -> None:
        self.read = 0

    def __len__(self) -> int:
        return 3

    def __iter__(self):
        for at in range(3):
            self.read += 1
            yield {"x": np.full((1, 2), at, np.float32)}


def test_the_first_whole_iteration_is_looked_at_and_only_it() -> None:
    source = _Counted()
    feeds = WatchedFeeds(source)
    next(iter(feeds))
    assert feeds.seen.samples == 0
    assert [item["x"][0, 0] for item in feeds] == [0, 1, 2]
    assert feeds.seen.samples == 3
    assert len(list(feeds)) == len(feeds) == 3
    assert feeds.seen.samples == 3
    assert source.read == 7
