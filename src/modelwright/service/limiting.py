"""How many requests a token may make: a bucket that fills again steadily."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from typing import Final

from modelwright.service.errors import TooManyError

_MOST_BUCKETS: Final = 10_000


class RateLimiter:
    """A bucket for each name, within this process."""

    def __init__(self, per_minute: int) -> None:
        self._size = float(per_minute)
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> None:
        """Takes one from a name's bucket.

        Raises:
            TooManyError: It is empty.
        """
        at = time.monotonic()
        with self._lock:
            left, before = self._buckets.pop(name, (self._size, at))
            left = min(self._size, left + (at - before) * self._size / 60)
            self._buckets[name] = (left - 1 if left >= 1 else left, at)
            if len(self._buckets) > _MOST_BUCKETS:
                self._buckets.popitem(last=False)
        if left < 1:
            seconds = math.ceil((1 - left) * 60 / self._size)
            message = f"more than {self._size:g} requests a minute"
            raise TooManyError(message, hint=f"wait {seconds} s, as Retry-After says", seconds=seconds)
