import onnx_ir as ir
import pytest

from modelwright.errors import ShapeError, UnknownNameError, UsageError
from modelwright.frontends.paddle.interface import choose_interface, parse_output_names, parse_shapes
from modelwright.frontends.paddle.model import PaddleBlock, PaddleProgram, PaddleTensor, Port


def program(*inputs, outputs=("out",)):
    tensors = [PaddleTensor(name=name, dtype=ir.DataType.FLOAT, shape=shape) for name, shape in inputs]
    tensors += [PaddleTensor(name=name, dtype=ir.DataType.FLOAT, shape=None) for name in outputs]
    return PaddleProgram(
        path="m",
        version="",
        block=PaddleBlock(operators=()),
        inputs=tuple(Port(name=name, tensor=name) for name, _ in inputs),
        outputs=tuple(Port(name=name, tensor=name) for name in outputs),
        tensors={item.name: item for item in tensors},
        parameters=(),
    )


IMAGE = ("image", (None, 3, None, None))


@pytest.mark.parametrize(
    "text",
    ["{'image':[1, 3, 608, 608]}", '{"image": (1, 3, 608, 608)}', "image[1,3,608,608]", " { 'image' : [1,3,608,608] }"],
)
def test_shapes_in_all_spellings(text):
    assert parse_shapes(text) == {"image": (1, 3, 608, 608)}


def test_shapes_of_several_inputs_and_open_sizes():
    assert parse_shapes("{'a':[1, -1], 'b':[2]}") == {"a": (1, None), "b": (2,)}


@pytest.mark.parametrize("text", ["{image:[1]}", "{'a': 1}", "{'a'", "{'a': ['b', 1.5]}", "{1, 2}"])
def test_malformed_shapes(text):
    with pytest.raises(UsageError, match="input_shape_dict"):
        parse_shapes(text)


def test_output_names():
    assert parse_output_names('["a", "b"]') == ("a", "b")
    assert parse_output_names("a, b") == ("a", "b")
    assert parse_output_names("{'x':'y'}") == {"x": "y"}
    for text in ("[1]", "{'a': 2}", "[a", "[]"):
        with pytest.raises(UsageError, match="output_names"):
            parse_output_names(text)


def test_open_dimensions_have_names():
    assert choose_interface(program(IMAGE), {}, ()).inputs[0].shape == ("batch", 3, "image_dim2", "image_dim3")
    shapes = [item.shape for item in choose_interface(program(IMAGE, ("scale", (None, 2))), {}, ()).inputs]
    assert shapes == [("image_dim0", 3, "image_dim2", "image_dim3"), ("scale_dim0", 2)]


def test_shapes_given_replace_open_ones_only():
    found = choose_interface(program(IMAGE), {"image": (1, 3, 32, None)}, ())
    assert found.inputs[0].shape == (1, 3, 32, "image_dim3")
    with pytest.raises(ShapeError, match="not \\[1, 4, 32, 32\\]"):
        choose_interface(program(IMAGE), {"image": (1, 4, 32, 32)}, ())
    with pytest.raises(ShapeError):
        choose_interface(program(IMAGE), {"image": (1, 3, 32)}, ())
    with pytest.raises(UnknownNameError, match="'imge'"):
        choose_interface(program(IMAGE), {"imge": (1, 3, 32, 32)}, ())


def test_outputs_are_renamed_in_order_or_by_name():
    two = program(IMAGE, outputs=("p", "q"))
    assert [item.name for item in choose_interface(two, {}, ("a", "b")).outputs] == ["a", "b"]
    assert [(item.name, item.source) for item in choose_interface(two, {}, {"q": "b"}).outputs] == [
        ("p", "p"),
        ("b", "q"),
    ]
    with pytest.raises(UsageError, match="gives 1 names"):
        choose_interface(two, {}, ("a",))
    with pytest.raises(UnknownNameError):
        choose_interface(two, {}, {"r": "b"})
    with pytest.raises(UsageError, match="called image"):
        choose_interface(two, {}, ("image", "b"))
