"""Files that are made to mislead: each gets one error that says what is wrong, fast and in little memory."""

import time

import onnx
import onnx.helper
import onnx.parser
import pytest

from modelwright.errors import ModelFormatError
from modelwright.hub.io import load
from modelwright.hub.shapes import dims_of
from modelwright.hub.summary import summarize

TEXT = '<ir_version: 8, opset_import: ["" : 17]> g (float[2] x) => (float[2] y) { y = Relu (x) }'


def _tensor(dims, data_type=onnx.TensorProto.FLOAT, raw=b""):
    proto = onnx.parser.parse_model(TEXT)
    tensor = proto.graph.initializer.add(name="w", data_type=data_type, dims=dims)
    if raw is not None:
        tensor.raw_data = raw
    return proto


def _doubled(part):
    proto = onnx.parser.parse_model(TEXT)
    items = getattr(proto.graph, part)
    if part == "initializer":
        items.append(onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT, [1], [1.0]))
    items.append(items[0])
    return proto


def _external(**entries):
    proto = onnx.parser.parse_model(TEXT)
    tensor = proto.graph.initializer.add(name="w", data_type=1, dims=[2], data_location=onnx.TensorProto.EXTERNAL)
    for key, value in {"location": "w.bin", **entries}.items():
        tensor.external_data.add(key=key, value=value)
    return proto


def _strings_outside():
    proto = _external()
    proto.graph.initializer[0].data_type = onnx.TensorProto.STRING
    return proto


def _sparse(name="w", index=0, dims=(2, 2), rank=1):
    proto = onnx.parser.parse_model(TEXT)
    values = onnx.helper.make_tensor(name, onnx.TensorProto.FLOAT, [1], [5.0])
    indices = onnx.helper.make_tensor("", onnx.TensorProto.INT64, [1] * rank, [index])
    proto.graph.sparse_initializer.append(onnx.helper.make_sparse_tensor(values, indices, dims))
    return proto


def _text(text):
    return onnx.parser.parse_model(text)


FUNCTIONS = """
<ir_version: 10, opset_import: ["" : 17, "l" : 1]> g (float[2] x) => (float[2] y) { y = l.f (x) }
<domain: "l", opset_import: ["" : 17, "l" : 1]> f (a) => (b) { b = l.h (a) }
<domain: "l", opset_import: ["" : 17, "l" : 1]> h (a) => (b) { b = l.f (a) }
"""

THROUGH_A_BODY = """
<ir_version: 8, opset_import: ["" : 17]> g (float[2] x, bool c) => (float[2] y) {
    a = If (c) < then_branch = p () => (float[2] q) { q = Neg (y) }, else_branch = r () => (float[2] s) { s = Abs (x) }>
    y = Relu (a)
}
"""

CASES = {
    "negative size": (_tensor([-1, -2], raw=bytes(8)), "negative size"),
    "sizes beyond memory": (_tensor([1 << 62, 1 << 62]), "larger than any memory"),
    "sizes beyond memory but empty": (_tensor([1 << 32, 1 << 32, 0]), "larger than any memory"),
    "a hundred thousand dimensions": (_tensor([1 << 62] * 100_000), "more than 64"),
    "too few bytes": (_tensor([3], raw=bytes(8)), "needs 12"),
    "no bytes for a terabyte": (_tensor([1 << 40], raw=None), "has no contents"),
    "a dtype that does not exist": (_tensor([2], data_type=99, raw=bytes(8)), "no dtype"),
    "no dtype": (_tensor([2], data_type=0, raw=bytes(8)), "no dtype"),
    "two weights of a name": (_doubled("initializer"), "two initializers"),
    "two inputs of a name": (_doubled("input"), "two inputs"),
    "two results of a name": (_doubled("node"), "redeclared"),
    "a place that is no number": (_external(offset="abc"), "offset 'abc'"),
    "a negative place": (_external(offset="-8"), "offset '-8'"),
    "a length beyond everything": (_external(length="1" + "0" * 30), "length '1000"),
    "strings outside": (_strings_outside(), "keeps strings outside"),
    "functions in a circle": (_text(FUNCTIONS), "call themselves: l:f -> l:h -> l:f"),
    "a cycle": (_text(TEXT.replace("y = Relu (x)", "a = Add (x, b) b = Neg (a) y = Relu (b)")), "cycle"),
    "a cycle through a body": (_text(THROUGH_A_BODY), "cycle"),
    "sparse without a name": (_sparse(name=""), "has no name"),
    "sparse positions outside": (_sparse(index=4), "position 4 is outside"),
    "sparse positions before": (_sparse(index=-1), "position -1 is outside"),
    "sparse positions of another rank": (_sparse(rank=0), "positions of shape"),
    "sparse that would be a terabyte": (_sparse(dims=(1 << 20, 1 << 20)), "cannot be made dense"),
}


@pytest.mark.parametrize("case", CASES)
def test_one_clear_error(tmp_path, case):
    proto, reason = CASES[case]
    path = tmp_path / "model.onnx"
    path.write_bytes(proto.SerializeToString())
    (tmp_path / "w.bin").write_bytes(bytes(64))
    started = time.process_time()
    with pytest.raises(ModelFormatError, match=reason) as caught:
        load(path)
    assert time.process_time() - started < 5
    assert "model.onnx" in caught.value.message
    assert len(str(caught.value)) < 1500


@pytest.mark.parametrize(
    "part", ["graph", "node", "tensor", "function", "import", "place", "load", "key", "attribute", "info"]
)
def test_text_in_places_that_are_seldom_read(tmp_path, part):
    proto = onnx.parser.parse_model(FUNCTIONS.replace("b = l.f (a)", "b = Neg (a)"))
    tensor = proto.graph.initializer.add(name="w", data_type=1, dims=[0], raw_data=b"", doc_string="tensortext")
    tensor.external_data.add(key="location", value="placetext")
    proto.graph.doc_string = "graphtext"
    proto.graph.node[0].doc_string = "nodetext"
    proto.functions[0].doc_string = "functiontext"
    proto.functions[0].node[0].overload = "loadtext"
    proto.functions[0].node[0].attribute.append(onnx.helper.make_attribute("k", 1, doc_string="attributetext"))
    proto.graph.node[0].metadata_props.add(key="keytext")
    proto.graph.input[0].doc_string = "infotext"
    proto.functions[0].opset_import.add(domain="importtext", version=1)
    path = tmp_path / "model.onnx"
    path.write_bytes(proto.SerializeToString().replace(f"{part}text".encode(), b"\xff" + f"{part}tex".encode()))
    with pytest.raises(ModelFormatError, match="not UTF-8"):
        load(path)


@pytest.mark.parametrize("name", ["Relu", "theproducer", "thenode", "theresult"])
def test_text_that_is_not_utf_8(tmp_path, name):
    proto = onnx.parser.parse_model(TEXT.replace("y = Relu (x)", "[thenode] theresult = Relu (x) y = Neg (theresult)"))
    proto.producer_name = "theproducer"
    path = tmp_path / "model.onnx"
    path.write_bytes(proto.SerializeToString().replace(name.encode(), b"\xff" + name.encode()[1:]))
    for read in (load, summarize):
        with pytest.raises(ModelFormatError, match="not UTF-8"):
            read(path)


def test_an_attribute_without_a_type(tmp_path):
    proto = onnx.parser.parse_model(TEXT)
    proto.graph.node[0].attribute.add(name="k")
    path = tmp_path / "model.onnx"
    path.write_bytes(proto.SerializeToString())
    with pytest.raises(ModelFormatError, match="'k' has no type"):
        load(path)


def test_negative_sizes_of_values_mean_unknown(tmp_path):
    proto = onnx.parser.parse_model(TEXT)
    proto.graph.input[0].type.tensor_type.shape.dim[0].dim_value = -1
    path = tmp_path / "model.onnx"
    path.write_bytes(proto.SerializeToString())
    assert dims_of(load(path).graph.inputs[0].shape) == (None,)
    assert summarize(path).inputs[0].shape == (None,)


def test_subgraphs_nested_deeply(tmp_path):
    data = onnx.parser.parse_model(TEXT).graph.SerializeToString()
    for _ in range(60):  # an attribute (type GRAPH) of a node of a graph, around the last one
        attribute = onnx.AttributeProto(name="body", type=onnx.AttributeProto.GRAPH).SerializeToString()
        attribute += b"\x32" + _varint(len(data)) + data
        node = onnx.NodeProto(op_type="Loop", output=["y"]).SerializeToString()
        node += b"\x2a" + _varint(len(attribute)) + attribute
        data = b"\x0a" + _varint(len(node)) + node
    model = onnx.ModelProto(ir_version=8, opset_import=[onnx.helper.make_opsetid("", 17)]).SerializeToString()
    path = tmp_path / "model.onnx"
    path.write_bytes(model + b"\x3a" + _varint(len(data)) + data)
    for read in (load, summarize):
        with pytest.raises(ModelFormatError, match=r"nested|not a ModelProto"):
            read(path)


def _varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x08" + b"\xff" * 11, "varint of more than ten bytes"),
        (b"\x08\x08\x3a\xff\xff\xff\xff\x0f", "reaches beyond"),
        (b"\x08\x08\x3a\xff", "ends inside"),
        (b"\x0b\x0c", "wire type"),
    ],
)
def test_broken_wire_format(tmp_path, data, reason):
    path = tmp_path / "model.onnx"
    path.write_bytes(data)
    with pytest.raises(ModelFormatError, match=reason):
        load(path)


def test_names_that_stand_for_unknown_sizes_say_nothing_alike(tmp_path):
    text = '<ir_version: 8, opset_import: ["" : 17]> g (float[N, H, W] x) => (float[N, H, W] y) { y = Relu (x) }'
    proto = onnx.parser.parse_model(text)
    for info in (proto.graph.input[0], proto.graph.output[0]):
        for dim in info.type.tensor_type.shape.dim[1:]:
            dim.dim_param = "?"
    onnx.save(proto, tmp_path / "m.onnx")
    model = load(tmp_path / "m.onnx")
    assert dims_of(model.graph.inputs[0].shape) == ("N", None, None)
    assert summarize(tmp_path / "m.onnx").inputs[0].shape == ("N", None, None)
