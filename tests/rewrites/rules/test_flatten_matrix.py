from __future__ import annotations

import numpy as np
import pytest

W = np.random.default_rng(0).standard_normal((24, 5)).astype(np.float32)
SIGNATURE = "float[N,4,2,3] x => float[N,5] y"


@pytest.mark.parametrize("perm", ["0,2,3,1", "0,3,1,2", "0,1,3,2"])
def test_the_weights_are_reordered(check, perm):
    body = f"a = Transpose<perm=[{perm}]>(x) b = Reshape(a, s) y = MatMul(b, w)"
    check(SIGNATURE, body, "Reshape MatMul", s=np.array([-1, 24]), w=W)


def test_gemm_with_transposed_weights(check):
    body = "a = Transpose<perm=[0,2,3,1]>(x) b = Flatten(a) y = Gemm<transB=1>(b, w, c)"
    check(SIGNATURE, body, "Reshape Gemm", w=np.ascontiguousarray(W.T), c=np.arange(5, dtype=np.float32))


def test_a_moved_batch_stays(check):
    body = "a = Transpose<perm=[1,0,2,3]>(x) b = Reshape(a, s) y = MatMul(b, w)"
    constants = {"s": np.array([4, 24]), "w": W}
    check("float[4,4,2,3] x => float[4,5] y", body, "Transpose Reshape MatMul", **constants)
