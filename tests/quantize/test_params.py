from modelwright.quantize.params import Placement, QuantizedTensor, Role
from modelwright.quantize.settings import Scheme


def test_tensors_of_one_role_keep_their_order():
    tensors = tuple(
        QuantizedTensor(name=name, role=role, scheme=Scheme(), readers=())
        for name, role in (("x", Role.ACTIVATION), ("w", Role.WEIGHT), ("y", Role.ACTIVATION))
    )
    assert [tensor.name for tensor in Placement(tensors=tensors).of_role(Role.ACTIVATION)] == ["x", "y"]
