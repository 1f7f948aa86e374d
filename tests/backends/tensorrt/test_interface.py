"""What TensorRT says of a network's inputs and outputs, held against the model's."""

import onnx
import onnx_ir as ir
import pytest

from modelwright.backends.tensorrt.build import Answer
from modelwright.backends.tensorrt.interface import check_shapes, interface_of
from modelwright.errors import ArtifactInvalid

TEXT = """<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 4] x, int64[2] k) => (float[N, 4] y, float z) <float[4] w = {1, 2, 3, 4}>
{ y = Mul (x, w) z = ReduceSum <keepdims = 0> (y) }"""


def interface():
    return interface_of(ir.from_proto(onnx.parser.parse_model(TEXT)))


def answer(**shapes):
    return Answer(product="rtx", framework="TensorRT-RTX 9.8", refusals=(), shapes=shapes)


def test_inputs_and_outputs():
    found = interface()
    assert [(spec.name, spec.shape) for spec in found.inputs] == [("x", ("N", 4)), ("k", (2,))]
    assert [(spec.name, spec.shape) for spec in found.outputs] == [("y", ("N", 4)), ("z", ())]
    assert (found.floats_in, found.floats_out) == (("x",), ("y", "z"))


@pytest.mark.parametrize("size", [-1, 7])
def test_what_agrees_as_far_as_it_is_known(size):
    check_shapes(interface(), answer(x=(size, 4), k=(2,), y=None, z=()))
    check_shapes(interface(), answer())


@pytest.mark.parametrize(
    ("name", "shape", "said"),
    [
        ("y", (-1, 3), "'y' has the shape [-1, 3] instead of ['N', 4]"),
        ("z", (1,), "'z' has the shape [1] instead of []"),
        ("k", (-1, -1), "'k' has the shape [-1, -1] instead of [2]"),
    ],
)
def test_another_shape(name, shape, said):
    shapes = {"x": (-1, 4), "k": (2,), "y": (-1, 4), "z": ()} | {name: shape}
    with pytest.raises(ArtifactInvalid) as caught:
        check_shapes(interface(), answer(**shapes))
    assert caught.value.message == f"TensorRT-RTX 9.8 built another model than it was given: {said}"


def test_an_output_that_is_missing():
    with pytest.raises(ArtifactInvalid, match="'z' is neither an input nor an output of it"):
        check_shapes(interface(), answer(x=(-1, 4), k=(2,), y=(-1, 4)))
