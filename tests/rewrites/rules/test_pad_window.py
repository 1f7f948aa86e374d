from __future__ import annotations

import numpy as np

F = np.float32
PADS = np.array([0, 0, 1, 0, 0, 0, 2, 1])


def test_conv(check):
    w = np.random.default_rng(0).standard_normal((2, 2, 3, 3)).astype(F)
    body = "a = Pad(x, p) y = Conv<pads=[0,1,0,0]>(a, w)"
    check("float[N,2,5,5] x => float[N,2,6,5] y", body, "Conv", rtol=1e-4, p=PADS, w=w)


def test_conv_with_a_padding_of_ones_stays(check):
    w = np.ones((2, 2, 3, 3), F)
    check("float[N,2,5,5] x => float[N,2,6,4] y", "a = Pad(x, p, o) y = Conv(a, w)", "Pad Conv", p=PADS, w=w, o=F(1))


def test_max_pool_only_behind_relu(check):
    pool = "MaxPool<kernel_shape=[3,3], strides=[2,2]>"
    signature = "float[N,2,5,5] x => float[N,2,3,2] y"
    check(signature, f"r = Relu(x) a = Pad(r, p) y = {pool}(a)", "Relu MaxPool", p=PADS)
    check(signature, f"a = Pad(x, p) y = {pool}(a)", "Pad MaxPool", p=PADS)
    check(signature, f"a = Pad(x, p, l) y = {pool}(a)", "MaxPool", p=PADS, l=F(-np.inf))


def test_average_pool_counts_the_padding(check):
    body = "a = Pad(x, p) y = AveragePool<kernel_shape=[3,3]>(a)"
    check("float[N,2,5,5] x => float[N,2,6,4] y", body, "AveragePool", p=PADS)


def test_max_pool_with_holes_stays(check):
    pads = np.array([0, 0, 1, 1, 0, 0, 1, 1])
    body = "r = Relu(x) a = Pad(r, p) y = MaxPool<kernel_shape=[2,2], dilations=[3,3]>(a)"
    check("float[N,2,5,5] x => float[N,2,4,4] y", body, "Relu Pad MaxPool", p=pads)
