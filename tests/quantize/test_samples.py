import numpy as np
import onnx
import onnx_ir as ir
import pytest

from modelwright.errors import CalibrationDataError
from modelwright.quantize.samples import choose_samples


def model_of(body, x="float[N,3,4] x", y="float[N,3,4] y"):
    return ir.from_proto(
        onnx.parser.parse_model(f'<ir_version: 8, opset_import: ["" : 17]> g ({x}) => ({y}) {{ {body} }}')
    )


def numbered(count, shape=(1, 3, 4)):
    return [{"x": np.full(shape, place, np.float32)} for place in range(count)]


def seen(batches):
    return [int(number) for batch in batches for number in batch["x"].reshape(batch["x"].shape[0], -1)[:, 0]]


def test_checks_see_other_batches():
    samples = choose_samples(model_of("y = Relu(x)"), numbered(120), memory_budget=1 << 20)
    assert samples.held_out
    assert not set(seen(samples.learn)) & set(seen(samples.check))
    assert sorted(seen(samples.learn) + seen(samples.check)) == list(range(120))
    assert len(samples.learn) == len(samples.check) == 8


def test_batches_stay_where_samples_would_mix():
    samples = choose_samples(model_of("y = Softmax<axis = 0>(x)"), numbered(12), memory_budget=1 << 20)
    assert all(batch["x"].shape == (1, 3, 4) for batch in (*samples.learn, *samples.check))
    fixed = model_of("y = Relu(x)", x="float[1,3,4] x", y="float[1,3,4] y")
    assert len(choose_samples(fixed, numbered(12), memory_budget=1 << 20).learn) == 8


def test_memory_bounds_them():
    samples = choose_samples(model_of("y = Relu(x)"), numbered(100), memory_budget=48 * 9)
    assert len(seen(samples.learn)) + len(seen(samples.check)) == 9
    assert seen(samples.check)[0] == 0
    assert max(seen(samples.learn) + seen(samples.check)) == 99


def test_too_few_to_spare_any():
    samples = choose_samples(model_of("y = Relu(x)"), numbered(2), memory_budget=1 << 20)
    assert not samples.held_out
    assert seen(samples.learn) == seen(samples.check) == [0, 1]


def test_some_of_them():
    samples = choose_samples(model_of("y = Relu(x)"), numbered(120), memory_budget=1 << 20)
    assert len(samples.few(3, 1 << 20)) == 3
    assert len(samples.few(3, 1)) == 1


def test_large_samples_are_not_joined():
    large = numbered(6, shape=(1, 3, 4 << 16))
    samples = choose_samples(
        model_of("y = Relu(x)", x="float[N,3,M] x", y="float[N,3,M] y"), large, memory_budget=1 << 30
    )
    assert all(batch["x"].shape[0] == 1 for batch in (*samples.learn, *samples.check))


def test_no_data():
    with pytest.raises(CalibrationDataError, match="no calibration data"):
        choose_samples(model_of("y = Relu(x)"), [], memory_budget=1)
