"""Resizing against ONNX Runtime."""

from __future__ import annotations

import numpy as np
import onnx.parser
import onnx_ir as ir
import pytest
from lite_checking import check, check_node, floats, node_model

from modelwright.backends.tflite.write import write
from modelwright.errors import UnsupportedError

X = floats(2, 3, 5, 6)
MODES = "half_pixel pytorch_half_pixel align_corners asymmetric".split()


@pytest.mark.parametrize("coordinates", MODES)
@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("size", [(10, 12), (3, 7)])
def test_sizes(coordinates, mode, size):
    check_node(
        "Resize",
        {"x": X},
        constants={"s": np.array([2, 3, *size])},
        order=["x", "", "", "s"],
        mode=mode,
        coordinate_transformation_mode=coordinates,
        rtol=2e-5,
    )


@pytest.mark.parametrize("rounding", ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"])
def test_nearest(rounding):
    check_node(
        "Resize",
        {"x": X},
        constants={"s": np.array([1, 1, 1.6, 0.65], np.float32)},
        order=["x", "", "s"],
        nearest_mode=rounding,
    )


@pytest.mark.parametrize(("mode", "name"), [("nearest", "RESIZE_NEAREST_NEIGHBOR"), ("linear", "RESIZE_BILINEAR")])
def test_doubling_is_one_operator(mode, name):
    made = check_node(
        "Resize",
        {"x": X},
        constants={"s": np.array([1, 1, 2, 2], np.float32)},
        order=["x", "", "s"],
        mode=mode,
        coordinate_transformation_mode="asymmetric" if mode == "nearest" else "half_pixel",
        nearest_mode="floor",
        dynamic=["x"],
    )
    assert made == ["TRANSPOSE", name, "TRANSPOSE"]


def test_antialias():
    check_node(
        "Resize",
        {"x": X},
        constants={"s": np.array([1, 1, 0.5, 0.6], np.float32)},
        order=["x", "", "s"],
        mode="linear",
        antialias=1,
    )


def test_region():
    check_node(
        "Resize",
        {"x": X},
        constants={
            "r": np.array([0, 0, 0.2, 0.3, 1, 1, 0.9, 1.2], np.float32),
            "s": np.array([2, 3, 4, 5]),
        },
        order=["x", "r", "", "s"],
        mode="linear",
        coordinate_transformation_mode="tf_crop_and_resize",
        extrapolation_value=3.0,
    )


def test_space_and_depth():
    check_node("SpaceToDepth", {"x": floats(2, 3, 4, 6)}, blocksize=2)
    assert check_node("DepthToSpace", {"x": floats(2, 8, 4, 6)}, blocksize=2) == [
        "TRANSPOSE",
        "DEPTH_TO_SPACE",
        "TRANSPOSE",
    ]


@pytest.mark.parametrize("mode", ["nearest", "linear"])
def test_open_height_and_width_by_whole_factors(mode):
    attributes = {"mode": mode}
    if mode == "nearest":
        attributes |= {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    scales = {"s": np.array([1, 1, 2, 3], np.float32)}
    model = node_model("Resize", {"x": X}, constants=scales, order=["x", "", "s"], **attributes)
    for place in (2, 3):
        model.graph.input[0].type.tensor_type.shape.dim[place].dim_param = f"size{place}"
    model.graph.output[0].type.tensor_type.ClearField("shape")
    check(model, {"x": X})


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ('mode = "linear"', "RESIZE_BILINEAR"),
        ('mode = "linear", coordinate_transformation_mode = "align_corners"', "RESIZE_BILINEAR"),
        ('mode = "linear", coordinate_transformation_mode = "asymmetric"', "RESIZE_BILINEAR"),
        (
            'mode = "nearest", coordinate_transformation_mode = "asymmetric", nearest_mode = "floor"',
            "RESIZE_NEAREST_NEIGHBOR",
        ),
    ],
)
@pytest.mark.parametrize("shape", [(2, 3, 10, 13), (2, 3, 3, 4), (2, 3, 5, 7)])
def test_sizes_of_another_tensor(attributes, name, shape):
    text = f"""<ir_version: 8, opset_import: ["" : 17]>
    g (float[N, 3, H, W] x, float[N, 3, A, B] like) => (float[N, 3, A, B] y)
    <int64[1] z = {{0}}, int64[1] t = {{2}}, int64[1] e = {{4}}> {{
        s = Shape (x) front = Slice (s, z, t) l = Shape (like) back = Slice (l, t, e)
        sizes = Concat <axis = 0> (front, back)
        y = Resize <{attributes}> (x, , , sizes) }}"""
    made = check(onnx.parser.parse_model(text), {"x": X, "like": floats(*shape)}, rtol=2e-5)
    assert name in made


def test_sizes_that_are_numbers_of_an_input_are_refused(tmp_path):
    text = """<ir_version: 8, opset_import: ["" : 17]>
    g (float[2, 3, 5, 6] x, int64[4] s) => (float[N, C, H, W] y)
    { [act] r = Relu (x) [big] y = Resize <mode = "linear"> (r, , , s) }"""
    with pytest.raises(UnsupportedError, match="Resize 'big': the sizes are computed at run time"):
        write(ir.from_proto(onnx.parser.parse_model(text)), tmp_path / "m.tflite")
