import numpy as np
import pytest

from modelwright.errors import ArtifactInvalid
from modelwright.formats import ArtifactTensor, TensorSpec
from modelwright.verify.runners.adapted import AdaptedRunner
from modelwright.verify.runners.runner import Timed


class Doubles:
    label = "Doubler 1.0"

    def __init__(self, inputs, outputs):
        self.inputs, self.outputs = inputs, outputs
        self.seen = {}

    def timed(self, arrays):
        self.seen = dict(arrays)
        (array,) = arrays.values()
        return Timed(outputs={spec.name: array * array.dtype.type(2) for spec in self.outputs}, milliseconds=1.0)


def spec(name, dtype, *shape):
    return TensorSpec(name=name, dtype=dtype, shape=shape)


def test_names_and_layouts_are_the_hubs():
    runner = Doubles((spec("serving_x", "float32", "N", 5, 7, 3),), (spec("y_nhwc", "float32", "N", 5, 7, 3),))
    moved = (0, 2, 3, 1)
    adapted = AdaptedRunner(
        runner,
        [ArtifactTensor(name="x", artifact="serving_x", perm=moved)],
        [ArtifactTensor(name="y", artifact="y_nhwc", perm=moved)],
        {},
    )
    assert [str(item) for item in (*adapted.inputs, *adapted.outputs)] == [
        "x: float32[N, 3, 5, 7]",
        "y: float32[N, 3, 5, 7]",
    ]
    x = np.random.default_rng(3).standard_normal((2, 3, 5, 7)).astype(np.float32)
    np.testing.assert_array_equal(adapted.timed({"x": x}).outputs["y"], 2 * x)
    assert runner.seen["serving_x"].shape == (2, 5, 7, 3)
    assert adapted.label == "Doubler 1.0"


def test_integers_stand_for_the_hubs_numbers():
    runner = Doubles((spec("x", "int8", 4),), (spec("y", "int8", 4),))
    adapted = AdaptedRunner(
        runner,
        [ArtifactTensor(name="x", artifact="x", dtype="int8", scale=0.5, zero_point=-3)],
        [ArtifactTensor(name="y", artifact="y", dtype="int8", scale=0.25, zero_point=4)],
        {name: spec(name, "float32", 4) for name in "xy"},
    )
    assert [item.dtype for item in (*adapted.inputs, *adapted.outputs)] == ["float32", "float32"]
    found = adapted.timed({"x": np.float32([0, 1.2, -400, 9])}).outputs["y"]
    np.testing.assert_array_equal(runner.seen["x"], np.int8([-3, -1, -128, 15]))
    np.testing.assert_array_equal(found, np.float32([(-6 - 4) / 4, (-2 - 4) / 4, (0 - 4) / 4, (30 - 4) / 4]))
    assert found.dtype == np.float32


def test_narrower_types_are_cast():
    runner = Doubles((spec("x", "int32", 2),), (spec("y", "int32", 2),))
    changed = [ArtifactTensor(name=name, artifact=name, dtype="int32") for name in "xy"]
    adapted = AdaptedRunner(runner, changed[:1], changed[1:], {name: spec(name, "int64", 2) for name in "xy"})
    found = adapted.timed({"x": np.int64([3, -4])}).outputs["y"]
    assert (runner.seen["x"].dtype, found.dtype, found.tolist()) == (np.int32, np.int64, [6, -8])


def test_what_does_not_differ_passes_through():
    runner = Doubles((spec("x", "float32", 2),), (spec("y", "float32", 2),))
    adapted = AdaptedRunner(runner, (), (), {})
    assert adapted.timed({"x": np.float32([1, 2])}).outputs["y"].tolist() == [2, 4]


def test_a_lost_tensor_is_a_fault():
    runner = Doubles((spec("x", "float32", 2),), (spec("y", "float32", 2),))
    with pytest.raises(ArtifactInvalid, match="'z'"):
        AdaptedRunner(runner, (), [ArtifactTensor(name="y", artifact="z")], {})


def test_open_sizes_have_the_hubs_names():
    runner = Doubles(
        (
            spec("boxes", "float32", None, None, 4),
            spec("moved", "float32", None, None, 3),
            spec("more", "float32", None),
        ),
        (spec("y", "float32", None, 3),),
    )
    hub = {
        "boxes": spec("boxes", "float32", "N", "K", 4),
        "scores": spec("scores", "float32", "N", 3, "K"),
        "more": spec("more", "float32", "A", "B"),
        "y": spec("y", "float32", "R", 7),
    }
    adapted = AdaptedRunner(runner, [ArtifactTensor(name="scores", artifact="moved", perm=(0, 2, 1))], (), hub)
    assert [str(item) for item in (*adapted.inputs, *adapted.outputs)] == [
        "boxes: float32[N, K, 4]",
        "scores: float32[N, 3, K]",
        "more: float32[?]",
        "y: float32[R, 3]",
    ]
