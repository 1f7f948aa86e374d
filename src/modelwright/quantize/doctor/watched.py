"""Looks at calibration data while they go by, so that they are read once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from modelwright.quantize.doctor.input_facts import InputWatch
from modelwright.quantize.feeds import Feeds


class WatchedFeeds:
    """The same data; the first iteration that comes to the end is looked at.

    Attributes:
        seen: What is known of them.
    """

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds
        self._done = False
        self.seen = InputWatch()

    def __len__(self) -> int:
        """Number of batches."""
        return len(self._feeds)

    def __iter__(self) -> Iterator[Mapping[str, np.ndarray]]:
        """The batches as they are."""
        if self._done:
            yield from self._feeds
            return
        seen = InputWatch()
        for batch in self._feeds:
            seen.add(batch)
            yield batch
        self.seen, self._done = seen, True
