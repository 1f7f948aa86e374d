"""Where calibration takes its inputs from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import numpy as np


class Feeds(Protocol):
    """Inputs for a model, batch after batch, the same in every iteration; never all in memory at once."""

    def __len__(self) -> int:
        """Number of batches."""
        ...

    def __iter__(self) -> Iterator[Mapping[str, np.ndarray]]:
        """One array for every input of the model, by name, with the model's dtypes."""
        ...
