import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.quantized import Quantization, quantization_of, set_quantization


def _some(scale: float, axis: int = 0) -> Quantization:
    return Quantization(scale=np.array([scale], np.float32), zero_point=np.array([0]), axis=axis)


def test_it_is_kept_beside_the_value():
    value = ir.Value(name="x")
    assert quantization_of(value) is None
    assert quantization_of(None) is None
    assert quantization_of(set_quantization(value, _some(2))) is not None


def test_equality():
    assert _some(2).same(_some(2))
    assert not _some(2).same(_some(3))
    assert not _some(2).same(None)
    assert not _some(2).per_channel
