from __future__ import annotations

import onnx_ir as ir

from modelwright.passes.layout.frames import Frames


def test_layouts_follow_through_merged_groups():
    a, b, c, d = (ir.Value(name=name) for name in "abcd")
    frames = Frames()
    frames.relate(a, b, (0, 3, 1, 2))
    frames.relate(d, c, (0, 2, 3, 1))
    frames.relate(b, d, (0, 1, 2, 3))
    assert frames.group(a) == frames.group(c)
    assert frames.layout(a) == frames.layout(c)
    assert frames.layout(b) == frames.layout(d)
    assert frames.agree(a, c, (0, 1, 2, 3))
    assert not frames.agree(a, c, (0, 2, 1, 3))


def test_values_of_different_groups_always_agree():
    a, b = ir.Value(name="a"), ir.Value(name="b")
    frames = Frames()
    frames.add(a, 2)
    assert frames.agree(a, b, (1, 0))
    assert frames.group(b) is None
