import numpy as np
import onnx_ir as ir

from modelwright.hub.attribute_values import attribute_data


def test_defaults_are_filled_in_and_other_kinds_left_out():
    node = ir.Node("", "Conv", [None, None], [ir.AttrInt64s("pads", [1, 1, 1, 1]), ir.AttrString("auto_pad", "NOTSET")])
    data = attribute_data(node, 17)
    assert data["pads"] == (1, 1, 1, 1)
    assert (data["auto_pad"], data["group"]) == ("NOTSET", 1)
    assert attribute_data(ir.Node("", "Elu", [None], [ir.AttrFloat32("alpha", 1.0)]), 17) == attribute_data(
        ir.Node("", "Elu", [None], []), 17
    )


def test_unknown_operators_have_what_is_written():
    node = ir.Node("com.example", "Thing", [None], [ir.AttrFloat32s("a", [0.5, 1.0]), ir.AttrStrings("b", ["x", "y"])])
    assert attribute_data(node, 1) == {"a": (0.5, 1.0), "b": ("x", "y")}
    tensor = ir.AttrTensor("value", ir.Tensor(np.zeros(2)))
    assert attribute_data(ir.Node("", "ConstantOfShape", [None], [tensor]), 17) == {}
    assert attribute_data(ir.Node("", "Relu", [None], []), 0) == {}


def test_what_a_later_version_added_is_left_out_at_its_default():
    reshape = ir.Node("", "Reshape", [None, None], [])
    assert attribute_data(reshape, 13) == attribute_data(reshape, 17) == {}
    assert attribute_data(ir.Node("", "Reshape", [None, None], [ir.AttrInt64("allowzero", 0)]), 17) == {}
    assert attribute_data(ir.Node("", "Reshape", [None, None], [ir.AttrInt64("allowzero", 1)]), 17) == {"allowzero": 1}
    softmax = ir.Node("", "Softmax", [None], [])
    assert (attribute_data(softmax, 11)["axis"], attribute_data(softmax, 13)["axis"]) == (1, -1)
