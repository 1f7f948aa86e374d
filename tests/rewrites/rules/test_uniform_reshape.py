from __future__ import annotations

import numpy as np
import pytest

FILL = "f = ConstantOfShape<value = float[1] {0.5}>(s)"
SIZES = np.array([2, 1, 3])
NAME = "moved uniform tensor"


@pytest.mark.parametrize(
    ("move", "shape"),
    [
        ("Reshape(f, t)", "3,2,1"),
        ("Transpose<perm=[1,2,0]>(f)", "1,3,2"),
        ("Squeeze(f, a)", "2,3"),
        ("Unsqueeze(f, a)", "2,1,1,3"),
        ("Flatten<axis=2>(f)", "2,3"),
        ("Tile(f, r)", "4,1,3"),
        ("Slice(f, a, r)", "1,1,3"),
    ],
)
def test_only_the_shape_is_another_one(check, move, shape):
    constants = {"t": np.array([3, 2, 1]), "a": np.array([1]), "r": np.array([2, 1, 1])}
    if move.startswith("Slice"):
        constants["r"] = np.array([2])
        move = "Slice(f, a, r, z)"
        constants["z"] = np.array([0])
    body = f"{FILL} g = {move} y = Mul(x, g)"
    check(f"float[{shape}] x => float[{shape}] y", body, "ConstantOfShape Mul", only=NAME, s=SIZES, **constants)


def test_a_cast_between_floats_takes_the_number_along(check):
    body = f"{FILL} g = Cast<to=11>(f) y = Add(x, g)"
    check("double[2,1,3] x => double[2,1,3] y", body, "ConstantOfShape Add", only=NAME, s=SIZES)


def test_a_cast_to_integers_stays(check):
    body = f"{FILL} g = Cast<to=7>(f) y = Add(x, g)"
    check("int64[2,1,3] x => int64[2,1,3] y", body, "ConstantOfShape Cast Add", s=SIZES, only=NAME)


def test_an_output_keeps_its_node(check):
    body = f"{FILL} y = Reshape(f, t) z = Neg(x)"
    check("float[1] x => float[1] z, float[6] y", body, "ConstantOfShape Reshape Neg", s=SIZES, t=np.array([6]))


def test_a_computed_shape_stays(check):
    body = "s = Shape(x) f = ConstantOfShape<value = float[1] {0.5}>(s) g = Transpose(f) h = Transpose(x) y = Add(g, h)"
    check("float[N,3] x => float[3,N] y", body, "Shape ConstantOfShape Transpose Transpose Add", only=NAME)
