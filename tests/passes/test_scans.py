"""Scan as Loop, against ONNX Runtime."""

from __future__ import annotations

import numpy as np
import onnx
import onnx.parser
import onnx_ir as ir
import onnxruntime
import pytest

from modelwright.hub.emitters import OpsetBuilder
from modelwright.passes.scans import as_loop, scanned

TEXT = """<ir_version: 8, opset_import: ["" : 17]>
g (float[2] s, float[%s] x, float[5, 3] z) => (float[2] y, float[%s] rows, float[A, B] others) {
    y, rows, others = Scan <num_scan_inputs = 2%s, body = b (float[2] state, float[2] entry, float[3] other)
        => (float[2] after, float[2] row, float[3] more) {
            after = Add (state, entry)
            row = Mul (after, entry)
            more = Add (other, other)
        }> (s, x, z)
}"""


@pytest.mark.parametrize(
    ("attributes", "x", "rows"),
    [
        ("", (5, 2), (5, 2)),
        (", scan_input_axes = [1, 0], scan_output_axes = [-1, 0]", (2, 5), (2, 5)),
        (", scan_input_directions = [1, 0], scan_output_directions = [0, 1]", (5, 2), (5, 2)),
        (
            ", scan_input_directions = [0, 1], scan_output_directions = [1, 0], scan_output_axes = [1, 1]",
            (5, 2),
            (2, 5),
        ),
    ],
)
def test_it_computes_the_same(attributes, x, rows):
    text = TEXT % (", ".join(map(str, x)), ", ".join(map(str, rows)), attributes)
    before = onnx.parser.parse_model(text)
    model = ir.from_proto(before)
    node = model.graph[0]
    op = OpsetBuilder(model.graph, 17, before=node)
    results = as_loop(
        op,
        list(node.inputs),
        scanned(node),
        lambda body: OpsetBuilder(body, 17, names=op.names, shapes=op.shapes, constants=model.graph),
    )
    for old, new in zip(node.outputs, results, strict=True):
        new.name, new.type, new.shape, old.name = old.name, old.type, old.shape, None
        old.replace_all_uses_with(new, replace_graph_outputs=True)
    model.graph.remove(node, safe=True)
    after = ir.to_proto(model)
    onnx.checker.check_model(after)
    assert "Scan" not in {item.op_type for item in after.graph.node}
    draw = np.random.default_rng(3)
    feeds = {
        name: draw.standard_normal(shape).astype(np.float32) for name, shape in (("s", (2,)), ("x", x), ("z", (5, 3)))
    }
    wanted, found = (
        onnxruntime.InferenceSession(proto.SerializeToString()).run(None, feeds) for proto in (before, after)
    )
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)
