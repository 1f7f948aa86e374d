from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.rewrites.tensors import derived, reshaped, sizes_of, stored_array, transposed


def test_small_tensors_are_computed_at_once():
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    result = transposed(ir.Tensor(array), [1, 0])
    assert isinstance(result, ir.Tensor)
    np.testing.assert_array_equal(result.numpy(), array.T)


def test_large_tensors_are_computed_when_read_and_not_kept():
    calls = []

    def double(array):
        calls.append(1)
        return array * 2

    source = ir.Tensor(np.ones((80, 80), np.float32))
    result = derived([source], (80, 80), double)
    assert not calls
    assert result.dtype is ir.DataType.FLOAT
    assert sizes_of(result) == (80, 80)
    assert result.numpy()[0, 0] == 2
    assert len(result.tobytes()) == 80 * 80 * 4
    assert len(calls) == 2


def test_lazy_tensors_chain():
    source = ir.Tensor(np.arange(8000, dtype=np.float32).reshape(80, 100))
    result = reshaped(transposed(source, [1, 0]), (50, 160))
    np.testing.assert_array_equal(result.numpy(), source.numpy().T.reshape(50, 160))


def test_the_array_of_what_no_caller_can_override():
    tensor = ir.tensor(np.arange(3, dtype=np.int8), name="w")
    weight = ir.Value(name="w", const_value=tensor)
    default = ir.Value(name="d", const_value=tensor)
    ir.Graph([default], [], nodes=[], initializers=[weight, default])
    np.testing.assert_array_equal(stored_array(weight), [0, 1, 2])
    assert (stored_array(default), stored_array(ir.Value(name="x")), stored_array(None)) == (None, None, None)
