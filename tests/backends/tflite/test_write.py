"""Whole models: names, outputs of all kinds, refusals, metadata, sizes."""

from __future__ import annotations

from pathlib import Path

import onnx
import onnx.parser
import pytest
from lite_checking import check, compare, converted, floats, lite_run, onnx_run, operators

from modelwright.backends.tflite.write import write
from modelwright.errors import OutputError, UnsupportedError, UsageError
from modelwright.frontends.tflite.reader import read_tflite
from modelwright.hub.io import load

NETWORK = """
<ir_version: 8, opset_import: ["" : 17]>
network (float[N, 3, 9, 9] image) => (float[N, 4] scores, float[N, 8, 5, 5] maps)
{
    c = Conv <pads = [1, 1, 1, 1], strides = [2, 2]> (image, w, b)
    n = BatchNormalization (c, s, t, m, v)
    r = Relu (n)
    g = Sigmoid (r)
    maps = Mul (r, g)
    p = GlobalAveragePool (maps)
    f = Flatten (p)
    l = MatMul (f, d)
    scores = Softmax (l)
}
"""


WEIGHTS = {"w": (8, 3, 3, 3), "b": (8,), "s": (8,), "t": (8,), "m": (8,), "v": (8,), "d": (8, 4)}


def _network() -> onnx.ModelProto:
    model = onnx.parser.parse_model(NETWORK)
    for number, (name, shape) in enumerate(WEIGHTS.items()):
        array = floats(*shape, seed=number, low=0.5 if name == "v" else -1, high=1)
        model.graph.initializer.append(onnx.numpy_helper.from_array(array, name))
    return onnx.shape_inference.infer_shapes(model)


def test_a_network_works_with_channels_last_inside(tmp_path: Path):
    model = _network()
    feeds = {"image": floats(2, 3, 9, 9)}
    path = converted(model, tmp_path)
    compare(lite_run(path, feeds), onnx_run(model, feeds))
    made = operators(path)
    assert made.count("TRANSPOSE") == 2  # the input and the second output are the user's
    assert made.count("CONV_2D") == 1


def test_names_and_signature(tmp_path: Path):
    found = read_tflite(converted(_network(), tmp_path))
    graph, signature = found.subgraphs[0], found.signatures[0]
    assert [graph.tensors[index].name for index in (*graph.inputs, *graph.outputs)] == ["image", "scores", "maps"]
    assert signature.key == "serving_default"
    assert dict(signature.inputs) == {"image": graph.inputs[0]}
    assert list(signature.outputs) == ["scores", "maps"]
    assert graph.tensors[graph.inputs[0]].signature == (None, 3, 9, 9)


def test_same_model_same_bytes(tmp_path: Path):
    first = converted(_network(), tmp_path).read_bytes()
    assert converted(_network(), tmp_path).read_bytes() == first


@pytest.mark.parametrize(
    "body",
    [
        "y = Identity (x) z = Neg (x)",
        "y = Neg (x) z = Identity (y)",
        "y = Constant <value_floats = [1.0, 2.0]> () z = Neg (x)",
    ],
)
def test_outputs_that_are_inputs_constants_or_the_same(body):
    text = f'<ir_version: 8, opset_import: ["" : 17]> g (float[2] x) => (float[2] y, float[2] z) {{ {body} }}'
    check(onnx.parser.parse_model(text), {"x": floats(2)})


def test_all_refusals_are_in_one_error(tmp_path: Path):
    text = """
    <ir_version: 8, opset_import: ["" : 17, "my.domain" : 1]>
    g (float[2, 2] x, string[2] t) => (float[2, 2] y, string[2] u)
    {
        a = my.domain.Wave (x)
        b = Det (x)
        y = Add (a, b)
        u = Identity (t)
    }
    """
    model = onnx.parser.parse_model(text)
    for number, node in enumerate(model.graph.node):
        node.name = f"layer{number}"
    onnx.save(model, tmp_path / "m.onnx")
    with pytest.raises(UnsupportedError) as caught:
        write(load(tmp_path / "m.onnx"), tmp_path / "m.tflite")
    text = str(caught.value)
    assert "my.domain.Wave 'layer0': TFLite has no built-in operators for Wave of the domain 'my.domain'" in text
    assert "Det 'layer1'" in text
    assert not (tmp_path / "m.tflite").exists()


def test_defaults_of_inputs_become_constants():
    text = """<ir_version: 10, opset_import: ["" : 17]>
    g (float[2] x, float[2] w = {1.0, 2.0}) => (float[2] y) { y = Mul (x, w) }"""
    check(onnx.parser.parse_model(text), {"x": floats(2)})


def test_the_name_says_what_it_is(tmp_path: Path):
    onnx.save(_network(), tmp_path / "m.onnx")
    with pytest.raises(UsageError, match="the name of a TFLite file ends"):
        write(load(tmp_path / "m.onnx"), tmp_path / "other.onnx")


def test_a_folder_of_that_name_is_refused(tmp_path: Path):
    (tmp_path / "m.tflite").mkdir()
    with pytest.raises(OutputError):
        converted(_network(), tmp_path)


def test_operators_of_functions_and_of_the_standard_are_taken_apart():
    text = """
    <ir_version: 10, opset_import: ["" : 18, "local" : 1]>
    g (float[2, 3] x) => (float[2, 3] y) { a = local.twice (x) y = Add (a, x) }
    <domain: "local", opset_import: ["" : 18]> twice (v) => (w) { w = Add (v, v) }
    """
    check(onnx.parser.parse_model(text), {"x": floats(2, 3)})
