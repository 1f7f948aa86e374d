"""Batches are read one at a time, the same in every iteration."""

import numpy as np

from modelwright.quantize.data.batches import DataFeeds, FedInput


class _Counted:
    """Samples that are their own indices, and a note of each read."""

    def __init__(self, files):
        self.paths = files
        self.reads = []

    def __len__(self):
        return len(self.paths)

    def read(self, start, stop):
        self.reads.append((start, stop))
        return np.arange(start, stop, dtype=np.float32)[:, None]

    def files(self, start, stop):
        return self.paths[start:stop]


def _feeds(tmp_path, *, samples=7, batch=3, whole=3):
    files = [tmp_path / str(index) for index in range(samples)]
    for path in files:
        path.write_text(path.name)
    data, table = _Counted(files), _Counted(files[:whole])
    inputs = [
        FedInput(name="x", source=data, batched=True),
        FedInput(name="k", source=table, batched=False),
    ]
    return DataFeeds(inputs, batch=batch, batches=range(-(-samples // batch)), samples=samples), data


def test_samples_become_batches_and_the_last_may_be_smaller(tmp_path):
    feeds, _ = _feeds(tmp_path)
    assert len(feeds) == 3
    assert feeds.samples == 7
    assert feeds.description == "7 samples in 3 batches"
    found = [(feed["x"][:, 0].tolist(), feed["k"].tolist()) for feed in feeds]
    assert found == [([0, 1, 2], [0]), ([3, 4, 5], [1]), ([6], [2])]
    assert list(next(iter(feeds))) == ["x", "k"]


def test_every_iteration_is_the_same_and_reads_one_batch_at_a_time(tmp_path):
    feeds, data = _feeds(tmp_path)
    iterator = iter(feeds)
    next(iterator)
    assert data.reads == [(0, 3)]
    again = [feed["x"].tolist() for feed in feeds]
    assert again == [feed["x"].tolist() for feed in feeds]


def test_parts_are_the_same_batches(tmp_path):
    feeds, _ = _feeds(tmp_path)
    parts = [feed["x"].tolist() for part in (feeds.part(0, 1), feeds.part(1, 3)) for feed in part]
    assert parts == [feed["x"].tolist() for feed in feeds]
    assert feeds.part(2, 3).description == "1 sample in 1 batch"


def test_the_digest_is_that_of_the_contents(tmp_path):
    feeds, _ = _feeds(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    same, _ = _feeds(other)
    assert feeds.digest() == same.digest()
    assert feeds.digest() != feeds.part(0, 2).digest()
    assert feeds.part(0, 2).digest() == same.part(0, 2).digest()
    (other / "6").write_text("changed")
    assert feeds.digest() != same.digest()
    assert feeds.part(0, 2).digest() == same.part(0, 2).digest()
