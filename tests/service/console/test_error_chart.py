import math

import pytest

from modelwright.service.console.error_chart import WIDTH, Compared, error_chart


def compared(*outputs, cosine=None):
    data = {"status": "verified", "method": "m", "runner": "r", "reason": "", "rtol": 1e-3, "atol": 1e-6}
    return Compared.model_validate({**data, "cosine": cosine, "outputs": outputs})


def output(max_abs, max_rel, cosine=1.0, mismatches=0):
    data = {"name": "y", "dtype": "float32", "shape": [1, 2], "max_abs": max_abs, "max_rel": max_rel}
    return {**data, "cosine": cosine, "mismatches": mismatches, "passed": mismatches == 0}


def test_what_is_allowed_grows_with_what_was_expected():
    chart = error_chart(compared(output(0.5, 0.005), output(1e-5, 1e-5, mismatches=3)))
    first, second = chart.bars
    assert first.allowed == pytest.approx(1e-6 + 1e-3 * 100)
    assert second.allowed == pytest.approx(1e-6 + 1e-3)
    assert (first.good, second.good) == (True, False)
    assert first.length > second.length > 0
    assert second.limit > second.length
    decade = WIDTH / math.log10(chart.high / chart.low)
    assert first.length - second.length == pytest.approx(decade * math.log10(0.5 / 1e-5), abs=0.1)


def test_a_quantized_result_is_judged_by_its_cosine():
    chart = error_chart(compared(output(0.5, 0.1, cosine=0.9999, mismatches=9), output(1, 1, cosine=0.5), cosine=0.99))
    assert chart.by_cosine
    first, second = chart.bars
    assert first.error == pytest.approx(1e-4)
    assert (first.good, second.good) == (True, False)
    assert first.length < first.limit < second.length


def test_exact_and_endless_errors():
    chart = error_chart(compared(output(0.0, 0.0), output("inf", "nan", cosine=None, mismatches=1)))
    assert [(bar.length, bar.limit) for bar in chart.bars] == [(0.0, None), (WIDTH, None)]
    assert error_chart(compared(output(0.0, 0.0, cosine=None), cosine=0.99)).bars[0].error == 0
