"""Looks at calibration data while they go by, so that they are read once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from modelwright.quantize.checkpoint import PartFeeds
from modelwright.quantize.doctor.input_facts import InputWatch
from modelwright.quantize.feeds import Feeds


class _Seen:
    """What was seen, of each batch once and in order."""

    def __init__(self) -> None:
        self.watch = InputWatch()
        self.batches = 0
        self.next = 0

    def look(self, batches: Feeds, start: int) -> Iterator[Mapping[str, np.ndarray]]:
        """The batches as they are; those from ``next`` on are looked at."""
        for place, batch in enumerate(batches, start):
            if place >= self.next:
                self.watch.add(batch)
                self.batches += 1
                self.next = place + 1
            yield batch


class WatchedFeeds:
    """The same data; each batch is looked at when it goes by first."""

    def __init__(self, feeds: Feeds, *, start: int = 0, seen: _Seen | None = None) -> None:
        """Wraps them.

        Args:
            feeds: The data.
            start: Their first batch's place in the whole.
            seen: What the whole has seen.
        """
        self._feeds = feeds
        self._start = start
        self._seen = seen or _Seen()

    @property
    def seen(self) -> InputWatch | None:
        """What is known of the data; None while some were not looked at."""
        return self._seen.watch if self._seen.batches == len(self) else None

    def __len__(self) -> int:
        """Number of batches."""
        return len(self._feeds)

    def __iter__(self) -> Iterator[Mapping[str, np.ndarray]]:
        """The batches as they are."""
        return self._seen.look(self._feeds, self._start)


class WatchedParts(WatchedFeeds):
    """Watched data that can be taken in parts."""

    def __init__(self, feeds: PartFeeds, *, start: int = 0, seen: _Seen | None = None) -> None:
        """Wraps them, as `WatchedFeeds`."""
        super().__init__(feeds, start=start, seen=seen)
        self._parts = feeds

    def part(self, start: int, stop: int) -> WatchedParts:
        """The batches from ``start`` to before ``stop``, watched as well."""
        return WatchedParts(self._parts.part(start, stop), start=self._start + start, seen=self._seen)

    def digest(self) -> str:
        """As the data have it."""
        return self._parts.digest()


def watched_feeds(feeds: Feeds) -> WatchedFeeds:
    """The data, watched; in parts, too, if they can be taken so."""
    return WatchedParts(feeds) if isinstance(feeds, PartFeeds) else WatchedFeeds(feeds)
