import onnx_ir as ir

from modelwright.hub.attributes import tensor_in


def test_the_tensor_itself():
    tensor = ir.tensor([1.0, 2.0])
    assert tensor_in(ir.AttrTensor("value", tensor)) is tensor
