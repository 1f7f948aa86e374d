from __future__ import annotations

import numpy as np

F = np.float32
LOOP = """
y, s = Loop (m, c, x) <
  body = step (int64 i, bool go, float[2] v) => (bool go2, float[2] v2, float[2] seen) {
    go2 = Identity(go)
    f = Cast<to=1>(i)
    w = Add(v, f)
    v2 = Mul(w, k)
    seen = Neg(w)
  }
>
"""
SIGNATURE = "float[2] x => float[2] y, float[n,2] s"


def test_one_trip_is_its_body(check):
    check(SIGNATURE, LOOP, "Cast Add Mul Neg Unsqueeze", m=np.array(1), c=np.array(True), k=F(3))
    check(SIGNATURE, LOOP.replace("(m, c, x)", "(m, , x)"), "Cast Add Mul Neg Unsqueeze", m=np.array([1]), k=F(3))


def test_no_trip_leaves_the_first_values(check):
    body = "r = Relu(x)" + LOOP.replace("(m, c, x)", "(m, c, r)")
    check(SIGNATURE, body, "Relu Identity", m=np.array(0), c=np.array(True), k=F(3))
    check(SIGNATURE, body, "Relu Identity", m=np.array(7), c=np.array(False), k=F(3))


def test_more_trips_stay(check):
    check(SIGNATURE, LOOP, "Loop", m=np.array(2), c=np.array(True), k=F(3))


def test_what_is_collected_from_outside_stays(check):
    body = LOOP.replace("seen = Neg(w)", "").replace("float[2] seen", "float[2] v")
    body = body.replace("=> (bool go2, float[2] v2, float[2] v)", "=> (bool go2, float[2] v2, float[2] v)")
    check(SIGNATURE, body, "Loop", m=np.array(1), c=np.array(True), k=F(3))


def test_a_computed_condition_may_stop_before_the_first_trip(check):
    body = "t = ReduceSum<keepdims=0>(x) c = Greater(t, z)" + LOOP
    check(SIGNATURE, body, "ReduceSum Greater Loop", m=np.array(1), z=F(0), k=F(3))
