from __future__ import annotations

import numpy as np
import pytest

F = np.float32


@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER", "VALID"])
@pytest.mark.parametrize(("height", "width"), [(7, 6), (8, 5)])
def test_conv(check, mode, height, width):
    w = np.random.default_rng(0).standard_normal((1, 1, 3, 2)).astype(F)
    body = f'y = Conv<auto_pad="{mode}", strides=[2,3]>(x, w)'
    model = check(f"float[N,1,{height},{width}] x => float[N,1,H,W] y", body, "Conv", rtol=1e-4, w=w)
    assert "auto_pad" not in next(iter(model.graph)).attributes


def test_pools(check):
    body = 'a = MaxPool<auto_pad="SAME_UPPER", kernel_shape=[3,3], strides=[2,2]>(x) '
    body += 'y = AveragePool<auto_pad="SAME_LOWER", kernel_shape=[2,2]>(a)'
    model = check("float[N,1,8,7] x => float[N,1,4,4] y", body, "MaxPool AveragePool")
    assert all("auto_pad" not in node.attributes for node in model.graph)


def test_unknown_sizes_keep_same_unless_the_stride_is_one(check):
    w = np.ones((1, 1, 3, 3), F)
    body = 'a = Conv<auto_pad="SAME_UPPER">(x, w) y = Conv<auto_pad="SAME_UPPER", strides=[2,2]>(a, w)'
    model = check("float[1,1,H,W] x => float[1,1,P,Q] y", body, "Conv Conv", w=w)
    first, second = model.graph
    assert "auto_pad" not in first.attributes
    assert "auto_pad" in second.attributes
