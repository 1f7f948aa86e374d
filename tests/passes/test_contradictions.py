import re

import onnx.parser
import onnx_ir as ir
import pytest

from modelwright.passes.contradictions import find_contradictions

HEAD = '<ir_version: 8, opset_import: ["" : 17]> g (float[4, 3, 8] x, bool c) => (float[A, B] y) '


@pytest.mark.parametrize(
    ("body", "node", "phrase"),
    [
        ("<int64[2] s = {1, 24}> { [n] y = Reshape (x, s) }", "n", r"\[4, 3, 8\] into the constant shape \[1, 24\]"),
        ("<float[2, 1, 1] w = {1, 2}> { [n] y = Add (x, w) }", "n", "Incompatible dimensions"),
        ("<float[1, 2, 8] w = {0}> { [n] y = Concat <axis = 1> (x, w) }", "n", "[Ii]nferred=1|merge"),
        ("<int64[3] e = {2, 3, 8}> { [n] y = Expand (x, e) }", "n", "Incompatible dimensions"),
        (
            """<int64[2] s = {1, 24}> { y = If (c) < then_branch = p () => (float[A, B] q) { [n] q = Reshape (x, s) },
            else_branch = r () => (float[A, B] v) { v = Flatten (x) }> }""",
            "n",
            "does not fit",
        ),
    ],
)
def test_nodes_that_do_not_fit_are_named(body, node, phrase):
    proto = onnx.parser.parse_model(HEAD + body)
    for tensor in proto.graph.initializer:
        if tensor.name == "w" and len(tensor.float_data) == 1:
            tensor.float_data[:] = [0.0] * 16
    found = find_contradictions(ir.from_proto(proto))
    assert [item.node for item in found] == [node]
    assert re.search(phrase, found[0].reason)


@pytest.mark.parametrize("target", ["4, 24", "-1, 24", "0, -1", "12, 8"])
def test_what_fits(target):
    proto = onnx.parser.parse_model(HEAD + f"<int64[2] s = {{{target}}}> {{ y = Reshape (x, s) }}")
    assert find_contradictions(ir.from_proto(proto)) == ()
