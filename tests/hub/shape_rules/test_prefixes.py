import onnx
import onnx_ir as ir
import pytest

from modelwright.hub.shape_rules.prefixes import broadcast_prefix, cut_to_names, is_prefix, prefix_of
from modelwright.hub.shapes import Shapes


def test_names():
    assert is_prefix(prefix_of(512, "sequence"))
    assert not any(map(is_prefix, ("sequence", "min", "min(a,b)", 3, None)))


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("n", "min(512,n)", "n"),
        ("min(512,n)", "n", "n"),
        ("m", "min(512,n)", None),
        ("n", "min(1,n)", None),
        ("min(4,n)", "min(5,n)", None),
        ("n", None, None),
    ],
)
def test_broadcast_together(left, right, expected):
    assert broadcast_prefix(left, right) == expected


def test_only_beginnings_are_named():
    assert cut_to_names((512, 7, "K", 9, 8), range(5), [0, 1, 0, 0, 0], ["n"] * 3 + [None, "n"], [1, 1, 1, 1, 2]) == (
        "min(512,n)", None, None, None, None,
    )  # fmt: skip


def test_position_embeddings():
    body = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[N,S,16] x) => (float[N,S,16] y)
    <float[1,512,16] table, int64[1] zero = {0}, int64[1] one = {1}>
    { s = Shape (x) n = Gather (s, one) t = Slice (table, zero, n, one) y = Add (x, t) z = Add (t, x) }
    """
    model = ir.from_proto(onnx.parser.parse_model(body))
    _, _, cut, _, swapped = model.graph
    shapes = Shapes(17)
    assert shapes.shape(cut.outputs[0]) == (1, "min(512,S)", 16)
    assert shapes.shape(swapped.outputs[0]) == ("N", "S", 16)
