"""Calibration data as batches of a model's inputs: the ``Feeds`` that everything in quantization iterates over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from modelwright.diagnostics import Diagnostic
from modelwright.quantize.data.contents import digest
from modelwright.quantize.data.sources import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class FedInput:
    """An input and its samples.

    Attributes:
        name: The model's name.
        source: Its samples.
        batched: Whether samples are put together along a first axis; else each is an input as a whole, one a batch.
    """

    name: str
    source: Source
    batched: bool


class DataFeeds:
    """Batches read from files, one at a time; every iteration gives the same."""

    def __init__(
        self,
        inputs: Sequence[FedInput],
        *,
        batch: int,
        batches: range,
        samples: int,
        remarks: Sequence[Diagnostic] = (),
    ) -> None:
        """Puts samples together.

        Args:
            inputs: In the model's order.
            batch: Samples in a batch.
            batches: Which batches of the data are used.
            samples: Samples that there are; the last batch may be smaller.
            remarks: What was decided.
        """
        self._inputs = tuple(inputs)
        self._batch = batch
        self._batches = batches
        self._samples = samples
        self.remarks = tuple(remarks)

    def __len__(self) -> int:
        """Number of batches."""
        return len(self._batches)

    def __iter__(self) -> Iterator[Mapping[str, np.ndarray]]:
        """The batches."""
        return (self._read(index) for index in self._batches)

    @property
    def samples(self) -> int:
        """Number of samples in all batches."""
        return sum(stop - start for start, stop in (self._span(index) for index in self._batches))

    @property
    def description(self) -> str:
        """``100 samples in 25 batches``."""
        batches = "1 batch" if len(self) == 1 else f"{len(self)} batches"
        return f"{self.samples} sample{'s' if self.samples != 1 else ''} in {batches}"

    def part(self, start: int, stop: int) -> DataFeeds:
        """The batches from ``start`` to before ``stop`` as feeds of their own, for shards and interrupted runs."""
        return DataFeeds(self._inputs, batch=self._batch, batches=self._batches[start:stop], samples=self._samples)

    def digest(self) -> str:
        """SHA-256 over the contents of all files that the batches are read from, with how they are put together."""
        whole = hashlib.sha256(f"{self._batch} {len(self)}".encode())
        for item in self._inputs:
            files = [path for index in self._batches for path in item.source.files(*self._place(item, index))]
            whole.update(f"\n{item.name} {item.batched} ".encode())
            whole.update(digest(tuple(dict.fromkeys(files))).encode())
        return whole.hexdigest()

    def _read(self, index: int) -> Mapping[str, np.ndarray]:
        found = {item.name: item.source.read(*self._place(item, index)) for item in self._inputs}
        return {item.name: found[item.name] if item.batched else found[item.name][0] for item in self._inputs}

    def _place(self, item: FedInput, index: int) -> tuple[int, int]:
        return self._span(index) if item.batched else (index, index + 1)

    def _span(self, index: int) -> tuple[int, int]:
        start = index * self._batch
        return start, min(start + self._batch, self._samples)
