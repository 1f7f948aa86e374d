import onnx_ir as ir
from rebatch_checking import parse, same_as_slices

from modelwright.passes.rebatch.change import BatchChange
from modelwright.passes.rebatch.trace import trace_batch

BODIES = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[1, 4] x) => (float[A, B] y)
<bool go = {1}, int64 trips = {3}, int64[2] flat = {1, 4}, bool yes = {1}>
{
    a = Loop (trips, go, x) <body = b (int64 i, bool c, float[1, 4] s) => (bool d, float[1, 4] t)
        { d = Identity (c)  u = Add (s, x)  t = Reshape (u, flat) }>
    y = If (yes) <
        then_branch = p () => (float[1, 4] q) { q = Reshape (a, flat) },
        else_branch = r () => (float[1, 4] v) { v = Neg (a) }
    >
}
"""


def test_bodies_of_loops_and_branches():
    assert len(same_as_slices(parse(BODIES), "x", 3)) == 2
    assert len(same_as_slices(parse(BODIES), "x", "batch")) == 2


def test_the_model_itself_stays():
    model = ir.from_proto(parse(BODIES))
    before = ir.to_proto(model).SerializeToString()
    change = BatchChange(axes={"x": 0}, old=1, new=3, was_fixed=True, only=True)
    trace, originals = trace_batch(model, change)
    assert ir.to_proto(model).SerializeToString() == before
    assert trace.outputs == {"y": (0, 1)}
    assert {originals[item.node].op_type for item in trace.fixed} == {"Reshape"}


def test_outputs_in_which_samples_do_not_follow_each_other_have_no_batch():
    text = """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2, 6] x) => (float[A, B] y, float[C] z)
        <int64[2] s = {3, 4}, int64[1] f = {-1}>
        { t = Transpose (x)  z = Reshape (t, f)  y = Reshape (x, f) }
    """
    change = BatchChange(axes={"x": 0}, old=2, new=4, was_fixed=True, only=True)
    trace, _ = trace_batch(ir.from_proto(parse(text)), change)
    assert trace.outputs == {"y": (0, 6)}
    assert trace.obstacles == ()


def test_other_free_dimensions_stay_free():
    text = """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[1, L, 8] x) => (float[A, B, C] y)
        <int64[3] s = {1, -1, 4}>
        { y = Reshape (x, s) }
    """
    change = BatchChange(axes={"x": 0}, old=1, new="b", was_fixed=True, only=True)
    trace, _ = trace_batch(ir.from_proto(parse(text)), change)
    assert [str(item) for item in trace.fixed] == ["Reshape (output 'y'): [1, -1, 4] becomes [batch, -1, 4]"]
