"""Which elements a Resize takes, and with what weights, against ONNX Runtime."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper

from modelwright.passes.opset.interpolation import Axis, Method, weights_of

COORDINATES = (
    "half_pixel",
    "asymmetric",
    "align_corners",
    "pytorch_half_pixel",
    "tf_half_pixel_for_nn",
    "half_pixel_symmetric",
)
ROUNDINGS = ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil")
SIZES = (1, 2, 5, 6, 7, 11, 12, 26)
RESULTS = (1, 2, 3, 4, 9, 14, 19, 28)
FACTORS = (0.3, 0.5, 0.6, 0.7, 0.75, 1.5, 2.0, 2.3, 2.5)


def axes(kind):
    """Axes between these sizes and by these factors; ONNX Runtime copies where no size changes, whatever the factor."""
    for size in SIZES:
        yield from (Axis(size=size, result=result, scale=result / size) for result in RESULTS if result != size)
        for factor in FACTORS:
            result = int(np.float32(size) * np.float32(factor))
            if result not in (0, size) and not (kind == "align_corners" and size * factor % 1):
                yield Axis(size=size, result=result, scale=factor)


def in_onnx_runtime(axis, **attributes):
    """What the last axis of the identity becomes: float32[result, size]."""
    by_size = axis.scale == axis.result / axis.size
    bounds = (
        onnx.numpy_helper.from_array(np.array([1, 1, axis.size, axis.result], np.int64), "sizes")
        if by_size
        else onnx.numpy_helper.from_array(np.array([1, 1, 1, axis.scale], np.float32), "scales")
    )
    node = helper.make_node("Resize", ["x", "", "", "sizes"] if by_size else ["x", "", "scales"], ["y"], **attributes)
    shape = [1, 1, axis.size, axis.size]
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [bounds],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": np.eye(axis.size, dtype=np.float32).reshape(shape)})[0][0, 0].T


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("coordinates", COORDINATES)
def test_the_nearest_neighbours_are_those_of_onnx_runtime(coordinates, rounding):
    method = Method(coordinates=coordinates, rounding=rounding)
    for axis in axes(coordinates):
        wanted = in_onnx_runtime(axis, coordinate_transformation_mode=coordinates, nearest_mode=rounding)
        np.testing.assert_array_equal(weights_of(axis, method), wanted, err_msg=str(axis))


@pytest.mark.parametrize(
    ("size", "result", "scale", "coordinates", "rounding", "wanted"),
    [
        (7, 4, 4 / 7, "asymmetric", "round_prefer_ceil", [0, 2, 4, 5]),
        (7, 4, 0.6, "half_pixel_symmetric", "round_prefer_floor", [0, 2, 4, 5]),
        (26, 28, 28 / 26, "asymmetric", "round_prefer_ceil", [*range(8), *range(7, 20), *range(19, 26)]),
        (4, 2, 0.5, "half_pixel", "round_prefer_floor", [0, 2]),
        (4, 2, 0.5, "half_pixel", "round_prefer_ceil", [1, 3]),
    ],
)
def test_the_middle_between_two_neighbours(size, result, scale, coordinates, rounding, wanted):
    axis = Axis(size=size, result=result, scale=scale)
    chosen = weights_of(axis, Method(coordinates=coordinates, rounding=rounding)).argmax(1)
    assert chosen.tolist() == wanted


@pytest.mark.parametrize("coordinates", [kind for kind in COORDINATES if kind != "tf_half_pixel_for_nn"])
@pytest.mark.parametrize(
    "attributes",
    [
        {"mode": "linear"},
        {"mode": "cubic"},
        {"mode": "cubic", "cubic_coeff_a": -0.5, "exclude_outside": 1},
        {"mode": "linear", "antialias": 1},
        {"mode": "cubic", "antialias": 1},
    ],
    ids=str,
)
def test_the_weights_are_those_of_onnx_runtime(attributes, coordinates):
    method = Method(
        coordinates=coordinates,
        mode=attributes["mode"],
        cubic=attributes.get("cubic_coeff_a", -0.75),
        exclude_outside=bool(attributes.get("exclude_outside")),
        antialias=bool(attributes.get("antialias")),
    )
    for axis in (Axis(size=7, result=4, scale=4 / 7), Axis(size=5, result=9, scale=1.8)):
        wanted = in_onnx_runtime(axis, coordinate_transformation_mode=coordinates, **attributes)
        np.testing.assert_allclose(weights_of(axis, method), wanted, rtol=1e-4, atol=1e-5)
