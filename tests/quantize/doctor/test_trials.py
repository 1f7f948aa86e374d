"""The network as a witness."""

from __future__ import annotations

import numpy as np
import pytest

from modelwright.quantize.doctor.image_axes import image_axes
from modelwright.quantize.doctor.landmarks import landmarks
from modelwright.quantize.doctor.session import opener
from modelwright.quantize.doctor.trials import Trials, Witness
from modelwright.quantize.session import ModelRuns


def _trials(model, array: np.ndarray, run) -> Trials:
    axes = image_axes(array.shape)
    assert axes is not None
    return Trials(
        [{"image": array[at : at + 1]} for at in range(12)], "image", axes, Witness(places=landmarks(model), run=run)
    )


def test_misfit_is_small_for_data_of_training_only(model, prepared) -> None:
    network = model("residual")
    with ModelRuns(network) as runs:
        right = _trials(network, prepared("imagenet"), opener(runs)).response()
        wrong = _trials(network, prepared("bytes"), opener(runs))
        assert right.misfit is not None
        assert right.misfit < 0.3
        assert wrong.response().misfit > 10  # type: ignore[operator]
        assert wrong.response("bytes>imagenet").misfit == pytest.approx(right.misfit, rel=1e-3)
        assert wrong.response("bytes>unit").misfit > 3 * right.misfit  # type: ignore[operator]


def test_without_normalization_gain_and_spread_tell(model, prepared) -> None:
    network = model("silu")
    with ModelRuns(network) as runs:
        right = _trials(network, prepared("signed"), opener(runs)).response()
        wrong = _trials(network, prepared("bytes"), opener(runs)).response()
    assert right.misfit is None
    assert wrong.misfit is None
    assert right.gain is not None
    assert wrong.gain is not None
    assert wrong.gain > 50 * right.gain
    assert right.spread is not None
    assert wrong.spread is not None
    assert wrong.spread > 10 * right.spread
    assert len(right.sureness) == 12
    assert all(1 / 6 <= item <= 1 for item in right.sureness)


def test_a_network_that_gives_no_numbers_tells_nothing(model, prepared) -> None:
    array = prepared("signed")
    for name in ("residual", "silu"):
        with ModelRuns(model(name)) as runs:
            trials = _trials(model(name), np.full_like(array, np.nan), opener(runs))
            assert trials.response().misfit is None
            assert trials.response().sureness == ()


def test_each_change_is_run_once(model, prepared) -> None:
    network = model("mobile")
    opened = []
    with ModelRuns(network) as runs:
        run = opener(runs)
        trials = _trials(network, prepared("unit"), lambda names: opened.append(names) or run(names))
        assert trials.response() is trials.response()
        assert trials.response("unit>bytes") is trials.response("unit>bytes")
    assert len(opened) == 1


def test_sureness_looks_at_no_more_samples_than_asked(model, prepared) -> None:
    network, runs_made = model("mobile"), []
    with ModelRuns(network) as runs:
        run = opener(runs)

        def counted(names):
            inner = run(names)
            return lambda feeds: runs_made.append(1) or inner(feeds)

        trials = _trials(network, prepared("unit"), counted)
        first = trials.sureness("swap", 0)
        assert len(runs_made) == 1
        third = trials.sureness("swap", 2)
        assert len(runs_made) == 3
        whole = trials.response("swap").sureness
        assert len(runs_made) == 12
        assert (first, third) == (whole[0], whole[2])
        assert trials.sureness("swap", 12) is None


def test_few_samples_come_from_all_over_and_are_not_run_again(model, prepared) -> None:
    network, seen = model("silu"), []
    array = prepared("signed")
    with ModelRuns(network) as runs:
        run = opener(runs)

        def counted(names):
            inner = run(names)
            return lambda feeds: seen.append(feeds["image"]) or inner(feeds)

        trials = _trials(network, array, counted)
        few = trials.response(few=True)
        assert all(np.array_equal(a[0], array[at]) for a, at in zip(seen, (0, 3, 6, 9), strict=True))
        assert len(few.sureness) == 4
        whole = trials.response()
    assert len(seen) == trials.count == len(whole.sureness) == 12
    assert whole.sureness[:4] == few.sureness
    assert few.spread == pytest.approx(whole.spread, rel=0.5)
