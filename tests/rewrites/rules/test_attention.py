from __future__ import annotations

import numpy as np
import pytest

F = np.float32
SIGNATURE = "float[2,3,5,4] q, float[2,3,4,7] k, float[2,3,7,6] v => float[2,3,5,6] y"
MASK = np.where(np.random.default_rng(2).random((5, 7)) > 0.3, 0, -1e4).astype(F)


def test_with_scale_and_mask(check):
    body = "s = MatMul(q, k) t = Div(s, two) m = Add(t, mask) p = Softmax(m) y = MatMul(p, v)"
    check(SIGNATURE, body, "Transpose Attention", opset=23, rtol=1e-4, two=F(2), mask=MASK)


def test_plain_and_with_a_mask_for_each_head(check):
    check(
        SIGNATURE,
        "s = MatMul(q, k) p = Softmax<axis=3>(s) y = MatMul(p, v)",
        "Transpose Attention",
        opset=23,
        rtol=1e-4,
    )
    mask = np.random.default_rng(3).standard_normal((2, 1, 5, 7)).astype(F)
    body = "s = MatMul(q, k) m = Add(mask, s) p = Softmax(m) y = MatMul(p, v)"
    check(SIGNATURE, body, "Transpose Attention", opset=24, rtol=1e-4, mask=mask)


@pytest.mark.parametrize(
    ("signature", "body", "opset"),
    [
        (SIGNATURE, "s = MatMul(q, k) p = Softmax(s) y = MatMul(p, v)", 22),
        (SIGNATURE, "s = MatMul(q, k) p = Softmax<axis=2>(s) y = MatMul(p, v)", 23),
        (
            "float[3,5,4] q, float[3,4,7] k, float[3,7,6] v => float[3,5,6] y",
            "s = MatMul(q, k) p = Softmax(s) y = MatMul(p, v)",
            23,
        ),
        (
            "float[2,3,5,4] q, float[2,1,4,7] k, float[2,3,7,6] v => float[2,3,5,6] y",
            "s = MatMul(q, k) p = Softmax(s) y = MatMul(p, v)",
            23,
        ),
        (SIGNATURE.replace("y", "y, float[2,3,5,7] p"), "s = MatMul(q, k) p = Softmax(s) y = MatMul(p, v)", 23),
    ],
)
def test_what_is_no_attention_stays(check, signature, body, opset):
    check(signature, body, "MatMul Softmax MatMul", opset=opset, rtol=1e-4)
