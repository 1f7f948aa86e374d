from __future__ import annotations

import numpy as np

F = np.float32
RNG = np.random.default_rng(1)


def statistics(channels):
    draw = lambda: RNG.uniform(0.5, 2, channels).astype(F)  # noqa: E731
    return {"g": draw(), "b": draw() - 1, "m": draw() - 1, "v": draw()}


def test_conv(check):
    constants = {"w": RNG.standard_normal((4, 1, 3, 3)).astype(F), "c": np.ones(4, F), **statistics(4)}
    body = "a = Conv<group=2, pads=[1,0,1,2]>(x, w, c) y = BatchNormalization<epsilon=0.001>(a, g, b, m, v)"
    check("float[2,2,5,4] x => float[2,4,5,4] y", body, "Conv", rtol=1e-4, **constants)


def test_large_weights_are_lazy(check):
    import onnx_ir as ir

    constants = {"w": RNG.standard_normal((80, 8, 3, 3)).astype(F), **statistics(80)}
    body = "a = Conv(x, w) y = BatchNormalization(a, g, b, m, v)"
    model = check("float[1,8,5,4] x => float[1,80,3,2] y", body, "Conv", rtol=1e-3, atol=1e-3, **constants)
    assert isinstance(next(iter(model.graph)).inputs[1].const_value, ir.LazyTensor)


def test_conv_transpose_with_groups(check):
    constants = {"w": RNG.standard_normal((4, 3, 2, 2)).astype(F), **statistics(6)}
    body = "a = ConvTranspose<group=2, strides=[2,2]>(x, w) y = BatchNormalization(a, g, b, m, v)"
    check("float[2,4,5,4] x => float[2,6,10,8] y", body, "ConvTranspose", rtol=1e-4, **constants)


def test_a_result_that_is_used_elsewhere_stays(check):
    constants = {"w": RNG.standard_normal((4, 2, 1, 1)).astype(F), **statistics(4)}
    body = "z = Conv(x, w) y = BatchNormalization(z, g, b, m, v)"
    check("float[2,2,5,4] x => float[2,4,5,4] y, float[2,4,5,4] z", body, "Conv BatchNormalization", **constants)


def test_generated_weights_are_scaled_where_they_are_generated(check):
    constants = {"n": np.int64([4, 2, 3, 3]), **statistics(4), "s": RNG.uniform(1, 2, (4, 1, 1)).astype(F)}
    body = """
        w = ConstantOfShape<value = float[1] {0.25}>(n)
        a = Conv(x, w) c = BatchNormalization(a, g, b, m, v) d = Relu(c) e = Mul(d, s) y = Relu(e)
    """
    check(
        "float[2,2,5,4] x => float[2,4,3,2] y", body, "ConstantOfShape Mul Conv Relu Mul Relu", rtol=1e-4, **constants
    )


def test_generated_weights_take_a_scale_after_another(check):
    constants = {"n": np.int64([4, 2, 3, 3]), **statistics(4), "s": RNG.uniform(1, 2, (4, 1, 1)).astype(F)}
    body = """
        w = ConstantOfShape<value = float[1] {0.25}>(n)
        a = Conv(x, w) c = BatchNormalization(a, g, b, m, v) y = Mul(c, s)
    """
    check("float[2,2,5,4] x => float[2,4,3,2] y", body, "ConstantOfShape Mul Conv", rtol=1e-4, **constants)
