"""Interrupted calibration goes on, and gives what an uninterrupted one gives."""

import hashlib
import json

import numpy as np
import pytest

from modelwright.quantize.calibrate import calibrate
from modelwright.quantize.checkpoint import Checkpoint, calibrate_on
from modelwright.quantize.placement import place
from modelwright.quantize.prepare import prepare
from modelwright.quantize.settings import QuantizeSettings


class _Parts:
    """Batches that can be cut, and that end with an error where asked."""

    def __init__(self, batches, *, fails_at=None):
        self.batches = batches
        self.fails_at = fails_at
        self.read = []

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        for index, batch in enumerate(self.batches):
            if index == self.fails_at:
                raise KeyboardInterrupt
            self.read.append(index)
            yield batch

    def part(self, start, stop):
        fails = None if self.fails_at is None or not start <= self.fails_at < stop else self.fails_at - start
        part = _Parts(self.batches[start:stop], fails_at=fails)
        part.read = self.read
        return part

    def digest(self):
        return hashlib.sha256(b"".join(batch["x"].tobytes() for batch in self.batches)).hexdigest()


class _Clock:
    """Ten seconds later at each look."""

    def __init__(self):
        self.now = 0

    def __call__(self):
        self.now += 10
        return self.now


@pytest.fixture
def prepared(residual, tools):
    model = tools.load(residual)
    prepare(model)
    return model, place(model, QuantizeSettings())


@pytest.fixture
def batches(tools):
    return tools.images(9).batches


def _same(a, b):
    assert a.batches == b.batches
    assert list(a.tensors) == list(b.tensors)
    for name, sketch in a.tensors.items():
        other = b.tensors[name]
        assert (sketch.low, sketch.high, sketch.exponent, sketch.first) == (
            other.low,
            other.high,
            other.exponent,
            other.first,
        )
        np.testing.assert_array_equal(sketch.counts, other.counts)


@pytest.fixture
def checkpoint(tmp_path):
    return Checkpoint(folder=tmp_path / "kept", key=lambda: "model and settings", seconds=25)


def test_windows_give_what_one_run_gives(prepared, batches, checkpoint):
    whole = calibrate(*prepared, _Parts(batches))
    heard = []
    found = calibrate_on(
        *prepared, _Parts(batches), checkpoint, clock=_Clock(), progress=lambda done, of: heard.append((done, of))
    )
    _same(found, whole)
    checkpoint.clear()
    assert not checkpoint.folder.exists()
    assert heard[-1] == (9, 9)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)


def test_tensors_in_groups_see_the_same_batches(prepared, batches, checkpoint):
    whole = calibrate(*prepared, _Parts(batches), memory_budget=1 << 18)
    _same(calibrate_on(*prepared, _Parts(batches), checkpoint, clock=_Clock(), memory_budget=1 << 18), whole)


def test_an_interrupted_run_goes_on(prepared, batches, checkpoint):
    whole = calibrate(*prepared, _Parts(batches))
    with pytest.raises(KeyboardInterrupt):
        calibrate_on(*prepared, _Parts(batches, fails_at=7), checkpoint, clock=_Clock())
    done = json.loads((checkpoint.folder / "state.json").read_text())["batches"]
    assert 0 < done < 7
    again = _Parts(batches)
    _same(calibrate_on(*prepared, again, checkpoint), whole)
    assert len(again.read) == 9 - done


@pytest.mark.parametrize("change", ["key", "data", "statistics", "state", "shorter"])
def test_what_is_not_of_the_same_run_is_not_used(prepared, batches, checkpoint, change):
    with pytest.raises(KeyboardInterrupt):
        calibrate_on(*prepared, _Parts(batches, fails_at=7), checkpoint, clock=_Clock())
    assert checkpoint.load(_Parts(batches)) is not None
    feeds = _Parts(batches)
    if change == "key":
        checkpoint = Checkpoint(folder=checkpoint.folder, key=lambda: "other")
    elif change == "data":
        feeds = _Parts([{"x": batches[0]["x"] + 1}, *batches[1:]])
    elif change == "statistics":
        (checkpoint.folder / "statistics.npz").write_bytes(b"damaged")
    elif change == "state":
        (checkpoint.folder / "state.json").write_text("[]")
    else:
        feeds = _Parts(batches[:2])
    assert checkpoint.load(feeds) is None


def test_more_data_of_the_same_beginning_go_on_too(prepared, batches, checkpoint):
    with pytest.raises(KeyboardInterrupt):
        calibrate_on(*prepared, _Parts(batches[:8], fails_at=7), checkpoint, clock=_Clock())
    assert checkpoint.load(_Parts(batches)) is not None


def test_a_short_run_writes_nothing(prepared, batches, checkpoint, monkeypatch):
    monkeypatch.setattr(Checkpoint, "save", lambda *_: pytest.fail("it was written"))
    calibrate_on(*prepared, _Parts(batches), checkpoint)


def test_only_what_holds_something_stays(checkpoint):
    kept = checkpoint.folder / "function-1"
    (kept / "deeper").mkdir(parents=True)
    (checkpoint.folder / "function-2").mkdir()
    (kept / "a.npy").write_bytes(b"1")
    checkpoint.tidy()
    assert sorted(path.name for path in checkpoint.folder.rglob("*")) == ["a.npy", "function-1"]
    (kept / "a.npy").unlink()
    checkpoint.tidy()
    assert not checkpoint.folder.exists()
    checkpoint.tidy()
