import time

import numpy as np
import onnx
import onnx_ir as ir
import pytest

from modelwright.errors import ArtifactInvalid
from modelwright.hub import checker, io
from modelwright.hub.checker import check
from modelwright.hub.io_message import message_of

FLOAT = ir.TensorType(ir.DataType.FLOAT)


def value(name, shape=None):
    return ir.Value(name=name, type=FLOAT, shape=None if shape is None else ir.Shape(shape))


def weight(name, *shape):
    array = np.zeros(shape, np.float32)
    return ir.Value(name=name, type=FLOAT, shape=ir.Shape(shape), const_value=ir.tensor(array, name=name))


def model(inputs, nodes, initializers=(), opset=17, domains=()):
    outputs = [nodes[-1].outputs[0]]
    graph = ir.Graph(
        inputs,
        outputs,
        nodes=nodes,
        initializers=initializers,
        name="g",
        opset_imports={"": opset, **dict.fromkeys(domains, 1)},
    )
    for number, node in enumerate(nodes):
        for output in node.outputs:
            output.name = output.name or f"v{number}"
            output.type = FLOAT
    return ir.Model(graph, ir_version=8)


def conv_model(shape=("N", 3, 9, None)):
    x, w = value("x", shape), weight("w", 64, 3, 3, 3)
    conv = ir.node("Conv", [x, w], name="stem/conv", attributes={"strides": [2, 2]})
    return model([x], [conv, ir.node("Relu", conv.outputs, name="relu")], [w])


def test_shapes_are_completed_and_weights_not_touched():
    checked = conv_model()
    weights = checked.graph.initializers["w"].const_value
    output = checked.graph.outputs[0]
    output.shape = ir.Shape([ir.SymbolicDim("batch"), None, None, None], denotations=["DATA_BATCH", None, None, None])
    check(checked)
    assert [getattr(dim, "value", dim) for dim in output.shape] == ["batch", 64, 4, None]
    assert output.shape.get_denotation(0) == "DATA_BATCH"
    assert checked.graph.initializers["w"].const_value is weights
    assert [value.name for value in checked.graph.inputs] == ["x"]


def test_what_was_checked_is_what_is_written(tmp_path, monkeypatch):
    """Serialized once, unless shapes were completed; the file is that of the model as it is now."""
    made = []
    monkeypatch.setattr(checker, "message_of", lambda model: made.append(model) or message_of(model))
    checked = conv_model(("N", 3, 9, 8))
    for times in (2, 1):
        made.clear()
        message = check(checked)
        assert len(made) == times
        written = io.save_message(message, tmp_path / "a.onnx")[0].read_bytes()
        assert written == io.save(checked, tmp_path / "b.onnx")[0].read_bytes()
        shapes = [info.type.tensor_type.shape for info in onnx.load_from_string(written).graph.value_info]
        assert [[dim.dim_value for dim in shape.dim] for shape in shapes] == [[0, 64, 4, 3]]


def test_unknown_ranks_are_allowed():
    x = value("x")
    checked = model([x], [ir.node("Relu", [x])])
    check(checked)
    assert checked.graph.outputs[0].shape is None


def test_invented_names_are_not_taken_over():
    x = value("x", ["N", 3])
    node = ir.node("NonZero", [x], name="nz")
    checked = model([x], [node, ir.node("Cast", node.outputs, attributes={"to": 1})])
    node.outputs[0].type = ir.TensorType(ir.DataType.INT64)
    check(checked)
    assert [getattr(dim, "value", dim) for dim in checked.graph.outputs[0].shape] == [2, None]


@pytest.mark.parametrize(
    ("make", "node", "reason"),
    [
        (lambda: conv_model(shape=("N", 3)), "stem/conv", "at least 3 dimensions"),
        (lambda: one_node("Foo"), "n", "No Op registered for Foo"),
        (lambda: one_node("Reshape"), "n", "input size 1 not in range"),
        (lambda: one_node("Relu", foo=3), "n", "Unrecognized attribute: foo"),
        (lambda: one_node("Transpose", perm=[0, 5]), "n", "perm"),
    ],
)
def test_faults_name_the_node(make, node, reason):
    with pytest.raises(ArtifactInvalid, match=reason) as caught:
        check(make())
    assert caught.value.node == node
    assert node in caught.value.message


def one_node(op_type, opset=17, domain="", **attributes):
    x = value("x", ["N", 3])
    node = ir.node(op_type, [x], name="n", domain=domain, attributes=attributes)
    return model([x], [node], opset=opset, domains=[domain] if domain else [])


def test_operators_of_other_domains_pass():
    check(one_node("FusedConv", domain="com.microsoft"))


def test_an_opset_that_onnx_does_not_know():
    with pytest.raises(ArtifactInvalid, match="opset 99 is newer"):
        check(one_node("Relu", opset=99))


def test_cost_does_not_follow_the_size_of_the_weights():
    x, weights = value("x", ["N", 2000]), [weight(f"w{i}", 2000, 2000) for i in range(20)]
    nodes, last = [], x
    for i, item in enumerate(weights):
        nodes.append(ir.node("MatMul", [last, item], name=f"n{i}"))
        last = nodes[-1].outputs[0]
    checked = model([x], nodes, weights)
    start = time.process_time()
    check(checked)
    assert time.process_time() - start < 0.2


@pytest.mark.parametrize("dtype", ["float", "int64"])
def test_large_constants_of_nodes(dtype):
    numbers = ", ".join(["1"] * 2048)
    text = f"""
    <ir_version: 8, opset_import: ["" : 17, "own" : 1]>
    g (bool b, {dtype}[2048] x) => ({dtype}[2048] y, {dtype}[2048] k, {dtype}[M] z)
    {{
        c = Constant <value = {dtype}[2048] {{{numbers}}}> ()
        k = Constant <value = {dtype}[2048] {{{numbers}}}> ()
        d = If (b) <
            then_branch = t () => ({dtype}[2048] p) {{ p = Constant <value = {dtype}[2048] {{{numbers}}}> () }},
            else_branch = e () => ({dtype}[2048] q) <{dtype}[2048] w = {{{numbers}}}> {{ q = Add (w, c) }}
        >
        s = Add (x, c)
        y = Add (s, d)
        f = own.f (y)
        z = Concat <axis = 0> (f, k)
    }}
    <domain: "own", opset_import: ["" : 17]>
    f (i) => (o) {{ r = Constant <value = {dtype}[2048] {{{numbers}}}> () o = Add (i, r) }}
    """
    checked = ir.from_proto(onnx.parser.parse_model(text))
    nodes = len(checked.graph)
    check(checked)
    assert checked.graph.outputs[2].shape == [4096]
    assert len(checked.graph) == nodes
    assert len(checked.graph.inputs) == 2


def test_a_dtype_is_inferred_or_asked_for():
    checked = one_node("Relu")
    checked.graph.outputs[0].type = None
    check(checked)
    assert checked.graph.outputs[0].dtype == ir.DataType.FLOAT
    unknown = one_node("Foo", domain="custom")
    unknown.graph.outputs[0].type = None
    with pytest.raises(ArtifactInvalid, match="dtype of val_0 is not known"):
        check(unknown)


def test_an_operator_whose_default_onnx_overlooks():
    x = value("x", (2, 3, 4, 5))
    checked = model([x], [ir.node("MeanVarianceNormalization", [x], name="mvn")], opset=13)
    check(checked)
    assert not next(iter(checked.graph)).attributes
    signal = value("signal", (1, 128, 1))
    step, length = (
        ir.Value(name=name, const_value=ir.tensor(np.asarray(number), name=name))
        for name, number in (("step", 8), ("length", 16))
    )
    checked = model([signal], [ir.node("STFT", [signal, step, None, length], name="stft")], [step, length], opset=17)
    check(checked)
    assert checked.graph.outputs[0].shape == (1, 15, 9, 2)
