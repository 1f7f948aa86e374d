"""The walk over a frozen graph: names, shapes, layouts, and everything wrong reported at once."""

import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest

from modelwright.errors import ConversionError, UnknownNameError, UnsupportedError
from modelwright.frontends.tensorflow.convert import ConvertOptions, convert_graph
from modelwright.frontends.tensorflow.reader import read_model
from modelwright.hub.checker import check

HEAD = "versions { producer: 1000 }\n"
INPUT = """node { name: "image" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }
  attr { key: "shape" value { shape { dim { size: -1 } dim { size: 5 } dim { size: 7 } dim { size: 3 } } } } }
"""


def node(op: str, name: str, *inputs: str) -> str:
    refs = " ".join(f'input: "{item}"' for item in inputs)
    return f'node {{ name: "{name}" op: "{op}" {refs} attr {{ key: "T" value {{ type: DT_FLOAT }} }} }}\n'


@pytest.fixture
def convert(tmp_path):
    def run(*nodes: str, inputs=(), outputs=(), **options):
        path = tmp_path / "graph.pbtxt"
        path.write_text(HEAD + "".join(nodes))
        model = read_model(path, inputs=inputs, outputs=outputs)
        return convert_graph(model, ConvertOptions(**{"opset": 17, **options}))

    return run


def run(model: ir.Model, **arrays: np.ndarray) -> list[np.ndarray]:
    check(model)
    session = onnxruntime.InferenceSession(ir.to_proto(model).SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, arrays)


def test_the_node_that_makes_a_layers_output_bears_its_name(convert):
    model = convert(INPUT, node("Relu6", "block/act", "image"), node("Neg", "result", "block/act"))
    assert [item.name for item in model.graph] == ["block/act", "result"]
    assert model.graph[0].outputs[0].name == "block/act:0"
    assert [value.name for value in model.graph.outputs] == ["result:0"]


def test_open_dimensions_are_named_and_static_shapes_kept(convert):
    model = convert(INPUT, node("Relu", "result", "image"))
    assert list(model.graph.inputs[0].shape) == ["batch", 5, 7, 3]
    assert list(model.graph.outputs[0].shape) == ["batch", 5, 7, 3]


def test_inputs_and_outputs_as_nchw(convert):
    model = convert(INPUT, node("Relu", "result", "image"), inputs_as_nchw=("image",), outputs_as_nchw=("result",))
    assert list(model.graph.inputs[0].shape) == ["batch", 3, 5, 7]
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 7)).astype(np.float32)
    (found,) = run(model, **{"image:0": x})
    np.testing.assert_array_equal(found, np.maximum(x, 0))


def test_renaming(convert):
    model = convert(INPUT, node("Relu", "result", "image"), rename_inputs=("x",), rename_outputs=("y",))
    assert (model.graph.inputs[0].name, model.graph.outputs[0].name) == ("x", "y")
    with pytest.raises(ConversionError, match="gives 2 names but the model has 1 inputs"):
        convert(INPUT, node("Relu", "result", "image"), rename_inputs=("x", "y"))


def test_an_input_that_is_also_an_output_goes_through_a_node(convert):
    model = convert(INPUT, node("Relu", "result", "image"), outputs=[("image", None), ("result", None)])
    x = np.ones((1, 5, 7, 3), np.float32)
    same, _ = run(model, **{model.graph.inputs[0].name: x})
    np.testing.assert_array_equal(same, x)


def test_an_output_takes_its_name_from_whoever_else_bears_it(convert):
    model = convert(
        INPUT,
        node("Relu", "a", "image"),
        node("Neg", "b", "a"),
        outputs=[("b", None)],
        rename_outputs=("a:0",),
    )
    x = np.ones((1, 5, 7, 3), np.float32)
    np.testing.assert_array_equal(run(model, **{model.graph.inputs[0].name: x})[0], -x)


def test_everything_unsupported_is_reported_at_once(convert):
    with pytest.raises(UnsupportedError) as caught:
        convert(
            INPUT,
            node("NoSuchOp", "one", "image"),
            node("OtherOp", "two", "one"),
            node("OtherOp", "three", "image"),
            node("Relu", "result", "three"),
            outputs=[("result", None), ("two", None)],
        )
    assert any("NoSuchOp" in item and "one" in item for item in caught.value.items)
    assert any("OtherOp" in item and "two" in item and "three" in item for item in caught.value.items)


def test_an_attribute_nobody_knows_is_an_error(convert):
    odd = 'node { name: "result" op: "Relu" input: "image" attr { key: "leak" value { f: 0.5 } } }\n'
    with pytest.raises(ConversionError, match="attributes this converter does not know: leak"):
        convert(INPUT, odd)


def test_nchw_of_a_name_that_is_no_input(convert):
    with pytest.raises(UnknownNameError, match="no input named 'picture'"):
        convert(INPUT, node("Relu", "result", "image"), inputs_as_nchw=("picture",))


def test_the_ir_version_goes_with_the_opset(convert):
    assert convert(INPUT, node("Relu", "result", "image")).ir_version == 8
    assert convert(INPUT, node("Relu", "result", "image"), opset=21).ir_version == 10
