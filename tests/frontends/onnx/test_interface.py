"""Cuts and shapes as users ask for them, on models with everything ONNX allows in names and types."""

import numpy as np
import onnx
import onnx.helper
import onnx.parser
import onnx.utils
import onnx_ir as ir
import onnxruntime
import pytest

from modelwright.errors import ShapeError, UnknownNameError, UsageError
from modelwright.formats import Format
from modelwright.frontends.manifest import LoadRequest
from modelwright.frontends.onnx.load import load
from modelwright.hub.io import save
from modelwright.hub.shapes import dims_of

NAMES = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 4] "in:0", float[] "a/b") => (float[N, 4] "out[0]", float[N, 4] second)
{
    "mid[1]" = Relu ("in:0")
    "scope/x:0" = Add ("mid[1]", "a/b")
    "out[0]" = Neg ("scope/x:0")
    second = Abs ("scope/x:0")
}
"""


def _load(path, **options):
    return load(LoadRequest(path=path, format=Format.ONNX, options=options))


def _interface(imported):
    graph = imported.model.graph
    return {value.name: dims_of(value.shape) for value in (*graph.inputs, *graph.outputs)}


def _run(data, feeds):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(data, options)
    return session.run(None, feeds)


@pytest.mark.parametrize(
    ("options", "interface"),
    [
        ({"inputs": ["mid[1]", "a/b"]}, {"mid[1]": ("N", 4), "a/b": (), "out[0]": ("N", 4), "second": ("N", 4)}),
        ({"inputs": ["mid[1][2,4]", "a/b[]"], "outputs": ["out[0]"]}, {"mid[1]": (2, 4), "a/b": (), "out[0]": (2, 4)}),
        ({"outputs": ["scope/x:0"]}, {"in:0": ("N", 4), "a/b": (), "scope/x:0": ("N", 4)}),
        (
            {"inputs": ["in:0[b,4]", "a/b[]"]},
            {"in:0": ("b", 4), "a/b": (), "out[0]": ("b", 4), "second": ("b", 4)},
        ),
    ],
)
def test_names_with_colons_slashes_and_brackets(write_onnx, options, interface):
    path = write_onnx(NAMES)
    proto = onnx.load(path)
    proto.graph.input[1].type.tensor_type.shape.SetInParent()
    onnx.save(proto, path)
    assert _interface(_load(path, **options)) == interface


def test_outputs_in_another_order(write_onnx):
    imported = _load(write_onnx(NAMES), outputs=["second", "out[0]"])
    assert imported.done == ("outputs in the order second, out[0]",)
    assert [value.name for value in imported.model.graph.outputs] == ["second", "out[0]"]
    assert not imported.details["cut"]


def test_an_insufficient_cut_names_everything_that_is_missing(write_onnx):
    text = """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2] x, float[2] y, float[2] z, bool c) => (float[2] out)
        {
            a = Relu (x)
            out = If (c) <
                then_branch = p () => (float[2] q) { q = Add (y, a) },
                else_branch = r () => (float[2] s) { s = Add (z, a) }>
        }
    """
    with pytest.raises(UnknownNameError, match="also need y, z, c"):
        _load(write_onnx(text), inputs=["a"])


def test_tensors_inside_subgraphs_and_functions(write_onnx):
    text = """
        <ir_version: 10, opset_import: ["" : 17, "local" : 1]>
        g (float[2] x, bool c) => (float[2] out)
        {
            [branch] a = If (c) <
                then_branch = p () => (float[2] q) { h = Neg (x)  q = Relu (h) },
                else_branch = r () => (float[2] s) { s = Abs (x) }>
            out = local.f (a)
        }
        <domain: "local", opset_import: ["" : 17]>
        f (u) => (w) { v = Neg (u)  w = Neg (v) }
    """
    path = write_onnx(text)
    with pytest.raises(UsageError, match=r"'h' lies inside a subgraph \(then_branch of If 'branch'\)"):
        _load(path, outputs=["h"])
    with pytest.raises(UsageError, match="inside the function local:f"):
        _load(path, inputs=["v"])
    with pytest.raises(UnknownNameError, match="'nope'"):
        _load(path, inputs=["nope"])


def test_a_cut_keeps_what_belongs_to_it(write_onnx, tmp_path):
    """Functions and opsets that are used, metadata, documentation, sparse weights, quantization annotations."""
    text = """
        <ir_version: 10, opset_import: ["" : 17, "local" : 1, "other" : 1],
         doc_string: "about", metadata_props: ["author" : "me"]>
        g (float[2, 2] x) => (float[2, 2] y, float[2, 2] z)
        { a = Add (x, w)  y = local.f (a)  z = other.h (a) }
        <domain: "local", opset_import: ["" : 17]> f (u) => (v) { v = Neg (u) }
        <domain: "other", opset_import: ["" : 17]> h (u) => (v) { v = Abs (u) }
    """
    proto = onnx.parser.parse_model(text)
    values = onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT, [1], [5.0])
    indices = onnx.helper.make_tensor("", onnx.TensorProto.INT64, [1], [2])
    proto.graph.sparse_initializer.append(onnx.helper.make_sparse_tensor(values, indices, [2, 2]))
    proto.graph.initializer.append(onnx.helper.make_tensor("a_scale", onnx.TensorProto.FLOAT, [], [0.5]))
    annotation = proto.graph.quantization_annotation.add(tensor_name="a")
    annotation.quant_parameter_tensor_names.add(key="SCALE_TENSOR", value="a_scale")
    proto.graph.doc_string = "graph"
    proto.graph.node[0].doc_string = "node"
    proto.graph.node[0].metadata_props.add(key="layer", value="first")
    path = tmp_path / "model.onnx"
    onnx.save(proto, path)
    imported = _load(path, outputs=["y"])
    save(imported.model, tmp_path / "cut.onnx")
    cut = onnx.load(tmp_path / "cut.onnx")
    assert [(item.domain, item.name) for item in cut.functions] == [("local", "f")]
    assert {item.domain: item.version for item in cut.opset_import} == {"": 17, "local": 1}
    assert (cut.doc_string, cut.graph.doc_string, cut.graph.node[0].doc_string) == ("about", "graph", "node")
    assert {item.key: item.value for item in cut.metadata_props} == {"author": "me"}
    assert [(item.key, item.value) for item in cut.graph.node[0].metadata_props] == [("layer", "first")]
    assert len(cut.graph.sparse_initializer) == 1
    assert [item.name for item in cut.graph.initializer] == ["a_scale"]
    assert [item.tensor_name for item in cut.graph.quantization_annotation] == ["a"]
    x = np.ones((2, 2), np.float32)
    np.testing.assert_array_equal(_run(cut.SerializeToString(), {"x": x})[0], [[-1, -1], [-6, -1]])


def test_cutting_at_an_initializer_and_at_one_that_is_an_input(tmp_path):
    proto = onnx.parser.parse_model(
        '<ir_version: 8, opset_import: ["" : 17]> g (float[2] x, float[2] w) => (float[2] y)'
        "<float[2] w = {1, 2}, float[2] v = {3, 4}> { a = Mul (x, w)  y = Add (a, v) }"
    )
    path = tmp_path / "model.onnx"
    onnx.save(proto, path)
    imported = _load(path, inputs=["x", "v"])
    assert [value.name for value in imported.model.graph.inputs] == ["x", "v"]
    assert list(imported.model.graph.initializers) == ["w"]
    data = ir.to_proto(imported.model).SerializeToString()
    one = np.ones(2, np.float32)
    np.testing.assert_array_equal(_run(data, {"x": one, "v": one * 10})[0], [11, 12])
    imported = _load(path, inputs=["w", "x"], outputs=["a"])
    assert [value.name for value in imported.model.graph.inputs] == ["w", "x"]
    np.testing.assert_array_equal(_run(ir.to_proto(imported.model).SerializeToString(), {"x": one})[0], [1, 2])


def test_a_cut_at_a_sequence(write_onnx, tmp_path):
    text = """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2] x, int64 i) => (float[2] y)
        { s = SequenceConstruct (x, x)  y = SequenceAt (s, i) }
    """
    imported = _load(write_onnx(text), inputs=["s", "i"])
    assert isinstance(imported.model.graph.inputs[0].type, ir.SequenceType)
    one = np.ones(2, np.float32)
    feeds = {"s": [one, one * 2], "i": np.array(1)}
    np.testing.assert_array_equal(_run(ir.to_proto(imported.model).SerializeToString(), feeds)[0], [2, 2])
    with pytest.raises(ShapeError, match="no shape of its own"):
        _load(write_onnx(text), inputs=["s[2]", "i"])


def test_an_output_that_is_an_input(tmp_path):
    proto = onnx.parser.parse_model(
        '<ir_version: 8, opset_import: ["" : 17]> g (float[N] x) => (float[N] x, float[N] y) { y = Neg (x) }'
    )
    path = tmp_path / "model.onnx"
    onnx.save(proto, path)
    assert _interface(_load(path, inputs=["x[3]"])) == {"x": (3,), "y": (3,)}
    assert [value.name for value in _load(path, outputs=["y"]).model.graph.inputs] == ["x"]


LAYERS = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[2, 4] x, float[2, 4] z) => (float[2, 4] p, float[2, 4] q)
<float[4] b = {1, -2, 3, -4}>
{
    a = Add (x, b)
    c = Mul (a, z)
    d = Relu (c)
    e = Sub (d, a)
    f = Tanh (e)
    p = Add (f, c)
    h = Neg (f)
    q = Mul (h, z)
}
"""


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        (["a", "z"], ["p"]),
        (["c", "a"], ["f", "d"]),
        (["f", "z", "c"], ["q", "p"]),
        (["x", "z"], ["e"]),
        (["e"], ["h"]),
        (["f", "z"], ["q"]),
    ],
)
def test_against_extract_model_and_the_full_model(write_onnx, tmp_path, inputs, outputs):
    path = write_onnx(LAYERS)
    imported = _load(path, inputs=inputs, outputs=outputs)
    onnx.utils.extract_model(str(path), str(tmp_path / "peer.onnx"), inputs, outputs)
    peer = onnx.load(tmp_path / "peer.onnx")
    assert [node.op_type for node in imported.model.graph] == [node.op_type for node in peer.graph.node]
    assert [value.name for value in imported.model.graph.inputs] == [item.name for item in peer.graph.input]
    full = onnx.load(path)
    names = ["x", "z", *inputs, *outputs]
    del full.graph.output[:]
    full.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [2, 4]) for name in dict.fromkeys(names[2:])
    )
    rng = np.random.default_rng(0)
    given = {name: rng.standard_normal((2, 4)).astype("f") for name in ("x", "z")}
    inner = dict(zip(dict.fromkeys(names[2:]), _run(full.SerializeToString(), given), strict=True))
    feeds = {name: inner[name] for name in inputs}
    found = _run(ir.to_proto(imported.model).SerializeToString(), feeds)
    for name, array in zip(outputs, found, strict=True):
        np.testing.assert_allclose(array, inner[name], rtol=1e-6)
    for mine, theirs in zip(found, _run(peer.SerializeToString(), feeds), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_free_dimensions_against_the_runtimes_own_override(write_onnx):
    text = """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[N, C, 6] x, float[N, 6] m) => (float[A, B] y)
        { a = ReduceMean <axes = [1], keepdims = 0> (x)  y = Concat <axis = 1> (a, m) }
    """
    path = write_onnx(text)
    options = onnxruntime.SessionOptions()
    options.add_free_dimension_override_by_name("N", 3)
    options.add_free_dimension_override_by_name("C", 5)
    theirs = onnxruntime.InferenceSession(path, options)
    imported = _load(path, free_dim_param={"N": 3, "C": 5})
    found = _interface(imported)
    assert {item.name: tuple(item.shape) for item in theirs.get_inputs()} == {name: found[name] for name in ("x", "m")}
    assert found["y"] == (3, 12)
    rng = np.random.default_rng(0)
    feeds = {"x": rng.standard_normal((3, 5, 6)).astype("f"), "m": rng.standard_normal((3, 6)).astype("f")}
    ours = _run(ir.to_proto(imported.model).SerializeToString(), feeds)[0]
    np.testing.assert_array_equal(ours, theirs.run(None, feeds)[0])


def test_one_dimension_by_shape_and_by_name(write_onnx):
    text = '<ir_version: 8, opset_import: ["" : 17]> g (float[N, L] x) => (float[N, L] y) { y = Neg (x) }'
    imported = _load(write_onnx(text), inputs=["x[M,7]"], free_dim_param={"M": 4})
    assert _interface(imported) == {"x": (4, 7), "y": (4, 7)}
