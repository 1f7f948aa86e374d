"""Windows: what SAME covers."""

from __future__ import annotations

import onnx_ir as ir
import pytest

from modelwright.backends.tflite.builder import LiteBuilder
from modelwright.backends.tflite.emission import Border
from modelwright.backends.tflite.windows import window_of
from modelwright.errors import ConversionError


def _window(size: int | str, kernel: int, *, auto_pad: str = "NOTSET", pads=None, stride: int = 1, ceil: bool = False):
    op = LiteBuilder(ir.Graph([], [], nodes=[], name="g"), 20)
    x = ir.Value(name="x", type=ir.TensorType(ir.DataType.FLOAT), shape=ir.Shape([1, 1, size]))
    op.node, op.border = ir.node("Unknown", [x]), Border()
    return window_of(op, x, [kernel], auto_pad=auto_pad, pads=pads, strides=[stride], dilations=None, ceil=ceil)


@pytest.mark.parametrize(
    ("given", "same", "pads"),
    [
        ({"size": 7, "kernel": 3, "pads": [1, 1]}, True, (1, 1)),
        ({"size": "N", "kernel": 3, "pads": [1, 1]}, True, (1, 1)),
        ({"size": 8, "kernel": 3, "pads": [1, 1], "stride": 2}, False, (1, 1)),
        ({"size": 8, "kernel": 3, "pads": [0, 1], "stride": 2}, True, (0, 1)),
        ({"size": 7, "kernel": 1}, False, (0, 0)),
        ({"size": 8, "kernel": 4, "auto_pad": "SAME_LOWER"}, False, (2, 1)),
        ({"size": 8, "kernel": 4, "auto_pad": "SAME_UPPER"}, True, (1, 2)),
        ({"size": 6, "kernel": 3, "stride": 2, "ceil": True}, True, (0, 1)),
    ],
)
def test_padding(given, same, pads):
    found = _window(**given)
    assert (found.same, found.pads) == (same, (pads,))


def test_sizes_that_must_be_known():
    with pytest.raises(ConversionError, match="SAME_LOWER over a size that is not known"):
        _window("N", 3, auto_pad="SAME_LOWER", stride=2)
    with pytest.raises(ConversionError, match="ceil_mode over a size that is not known"):
        _window("N", 3, ceil=True)
