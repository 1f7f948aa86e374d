"""Pooling whose last window would start in the padding, in ONNX Runtime before and after."""

from __future__ import annotations

import pytest

WIDE = "kernel_shape=[2,2], strides=[3,2], pads=[0,1,1,1], ceil_mode=1"


def attributes_of(model):
    return {name: item.value for name, item in next(iter(model.graph)).attributes.items()}


@pytest.mark.parametrize("op", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize(("height", "width"), [(3, 4), (3, 5), (6, 6)])
def test_windows_that_onnx_leaves_out(check, op, height, width):
    model = check(f"float[2,3,{height},{width}] x => float[2,3,P,Q] y", f"y = {op}<{WIDE}>(x)", op, opset=22)
    assert "ceil_mode" not in attributes_of(model)


def test_another_axis_keeps_its_larger_windows(check):
    body = "y = MaxPool<kernel_shape=[2,3], strides=[3,2], pads=[0,0,1,0], ceil_mode=1>(x)"
    model = check("float[1,2,6,6] x => float[1,2,2,3] y", body, "MaxPool", opset=22)
    assert attributes_of(model)["pads"] == (0, 0, 1, 1)


def test_dilation_and_indices(check):
    body = "y, i = MaxPool<kernel_shape=[2,2], strides=[3,1], dilations=[1,3], pads=[0,0,1,0], ceil_mode=1>(x)"
    model = check("float[1,2,6,8] x => float[1,2,2,5] y, int64[1,2,2,5] i", body, "MaxPool", opset=22)
    assert "ceil_mode" not in attributes_of(model)


@pytest.mark.parametrize(
    ("height", "width", "attributes"),
    [
        ("6", "6", "kernel_shape=[3,3], strides=[2,2], ceil_mode=1"),
        ("H", "6", "kernel_shape=[2,2], strides=[3,2], pads=[0,0,1,0], ceil_mode=1"),
    ],
)
def test_usual_and_unknown_windows_stay(check, height, width, attributes):
    model = check(
        f"float[1,2,{height},{width}] x => float[1,2,P,Q] y", f"y = MaxPool<{attributes}>(x)", "MaxPool", opset=22
    )
    assert attributes_of(model)["ceil_mode"] == 1


def test_averages_that_count_the_padding(check):
    counted = "kernel_shape=[2,3], strides=[3,2], pads=[0,0,1,0], ceil_mode=1, count_include_pad=1"
    model = check("float[1,2,6,6] x => float[1,2,2,3] y", f"y = AveragePool<{counted}>(x)", "AveragePool", opset=22)
    assert attributes_of(model)["ceil_mode"] == 1
    exact = "kernel_shape=[2,2], strides=[3,2], pads=[0,0,1,0], ceil_mode=1, count_include_pad=1"
    model = check("float[1,2,6,6] x => float[1,2,2,3] y", f"y = AveragePool<{exact}>(x)", "AveragePool", opset=22)
    assert "ceil_mode" not in attributes_of(model)
