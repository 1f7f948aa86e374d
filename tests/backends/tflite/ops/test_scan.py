"""Scan against ONNX Runtime."""

from __future__ import annotations

import onnx.parser
import pytest
from lite_checking import check, floats


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        ", scan_input_directions = [1]",
        ", scan_output_directions = [1]",
        ", scan_input_axes = [1], scan_output_axes = [-1]",
    ],
)
def test_sums(attributes):
    axis = 1 if "scan_input_axes" in attributes else 0
    shape, out = ((2, 5) if axis else (5, 2)), ("2, 5" if axis else "5, 2")
    text = f"""<ir_version: 8, opset_import: ["" : 17]>
    g (float[2] start, float[{shape[0]}, {shape[1]}] x) => (float[2] end, float[{out}] all) {{
        end, all = Scan <num_scan_inputs = 1{attributes},
            body = b (float[2] state, float[2] entry) => (float[2] after, float[2] row) {{
                after = Add (state, entry)
                row = Mul (after, entry)
            }}> (start, x)
    }}"""
    check(onnx.parser.parse_model(text), {"start": floats(2), "x": floats(*shape)})
