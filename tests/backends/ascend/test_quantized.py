"""The compiler's form of quantized models, emulated in ONNX Runtime and held against the Q/DQ model it was made of."""

from __future__ import annotations

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import pytest
from onnx import helper, numpy_helper

import modelwright as mw
from modelwright.backends.ascend.quantized import compiled_form, float_form, settle_quantized

HEAD = '<ir_version: 8, opset_import: ["" : 17]> g'
PAIR = "{0}_q = QuantizeLinear({0}, {1}, zero) {0}_d = DequantizeLinear({0}_q, {1}, zero) "
RNG = np.random.default_rng(5)


def weights(*shape):
    return RNG.integers(-127, 128, shape).astype(np.int8)


def scales(count):
    return RNG.uniform(0.002, 0.02, count).astype(np.float32)


def model_of(signature: str, body: str, **constants: np.ndarray) -> ir.Model:
    """A model with the zero point ``zero`` and the scale ``s`` beside the constants."""
    proto = onnx.parser.parse_model(f"{HEAD} {signature} {{ {body} }}")
    known = {"zero": np.int8(0), "s": np.float32(0.02), **constants}
    proto.graph.initializer.extend(numpy_helper.from_array(np.asarray(array), name) for name, array in known.items())
    for number, node in enumerate(proto.graph.node):
        node.name = node.name or f"{node.op_type}_{number}"
    return ir.from_proto(onnx.shape_inference.infer_shapes(proto))


def run(proto: onnx.ModelProto, seed: int = 0) -> list[np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options)
    rng = np.random.default_rng(seed)
    feeds = {item.name: rng.standard_normal(item.shape).astype(np.float32) for item in session.get_inputs()}
    return session.run(None, feeds)


def emulated(model: ir.Model) -> onnx.ModelProto:
    """AscendQuant as Mul, Round and Clip, AscendDequant as Mul; the integers between are float32, which holds them."""
    proto, nodes, extra = ir.to_proto(model), [], {}
    stored = {item.name: numpy_helper.to_array(item) for item in proto.graph.initializer}
    for node in proto.graph.node:
        given = {item.name: helper.get_attribute_value(item) for item in node.attribute}
        x, y = node.input[0], node.output[0]
        if node.op_type == "AscendQuant":
            assert (given["offset"], given["sqrt_mode"], given["round_mode"], given["dst_type"]) == (0, 0, b"Round", 2)
            extra |= {f"{y}_s": np.float32(given["scale"]), "low": np.float32(-128), "high": np.float32(127)}
            nodes += [
                helper.make_node("Mul", [x, f"{y}_s"], [f"{y}_m"]),
                helper.make_node("Round", [f"{y}_m"], [f"{y}_r"]),
                helper.make_node("Clip", [f"{y}_r", "low", "high"], [y]),
            ]
        elif node.op_type == "AscendDequant":
            assert given == {"dtype": 0, "sqrt_mode": 0, "relu_flag": 0}
            bits = stored[node.input[1]]
            assert bits.dtype == np.uint64
            assert not (bits >> np.uint64(32)).any()
            rank = len(next(value for value in model.graph.all_nodes() if value.name == node.name).outputs[0].shape)
            scale = bits.astype(np.uint32).view(np.float32)
            extra[f"{y}_s"] = scale.reshape([1, -1, *[1] * (rank - 2)]) if scale.size > 1 else scale[0]
            nodes.append(helper.make_node("Mul", [x, f"{y}_s"], [y]))
        else:
            nodes.append(node)
    for name, array in stored.items():
        extra[name] = array.astype(np.float32) if array.dtype in (np.int8, np.int32) else array
    graph = helper.make_graph(
        nodes,
        "g",
        list(proto.graph.input),
        list(proto.graph.output),
        [numpy_helper.from_array(np.asarray(array), name) for name, array in extra.items()],
    )
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])


CASES = {
    "convolution with bias, stride and pads": (
        "(float[2,3,7,6] x) => (float[2,4,N,M] y)",
        PAIR.format("x", "s")
        + "wd = DequantizeLinear<axis=0>(w, ws, wz) bd = DequantizeLinear<axis=0>(b, bs, bz) "
        + "y = Conv<strides=[2,1], pads=[1,0,2,1]>(x_d, wd, bd)",
        {
            "w": weights(4, 3, 3, 2),
            "ws": (ws := scales(4)),
            "wz": np.zeros(4, np.int8),
            "b": RNG.integers(-900, 900, 4).astype(np.int32),
            "bs": ws * np.float32(0.02),
            "bz": np.zeros(4, np.int32),
        },
        1,
    ),
    "depthwise convolution with a float bias": (
        "(float[1,4,6,6] x) => (float[1,4,N,M] y)",
        PAIR.format("x", "s") + "wd = DequantizeLinear<axis=0>(w, ws) y = Conv<group=4>(x_d, wd, b)",
        {
            "w": weights(4, 1, 3, 3),
            "ws": scales(4),
            "b": np.array([0.5, -0.25, 0, 1], np.float32),
        },  # as int32: within half of 0.02 * 0.02
        1,
    ),
    "transposed convolution": (
        "(float[2,3,4,5] x) => (float[2,2,N,M] y)",
        PAIR.format("x", "s") + "wd = DequantizeLinear<axis=1>(w, ws) y = ConvTranspose<strides=[2,2]>(x_d, wd)",
        {"w": weights(3, 2, 3, 3), "ws": scales(2)},
        1,
    ),
    "Gemm and MatMul with a scale in all": (
        "(float[3,5] x) => (float[3,2] y)",
        PAIR.format("x", "s")
        + "wd = DequantizeLinear(w, t) bd = DequantizeLinear(b, bs) a = Gemm<transB=1>(x_d, wd, bd) "
        + PAIR.format("a", "u")
        + "vd = DequantizeLinear(v, t) y = MatMul(a_d, vd)",
        {
            "w": weights(4, 5),
            "v": weights(4, 2),
            "t": np.float32(0.01),
            "u": np.float32(0.03),
            "b": np.array([500, -1000, 0, 2000], np.int32),
            "bs": np.float32(0.02) * np.float32(0.01),
        },
        2,
    ),
    "two convolutions that read the same, and a sum that reads floats": (
        "(float[1,2,5,5] x) => (float[1,2,5,5] y, float[1,3,5,5] z)",
        PAIR.format("x", "s")
        + "wd = DequantizeLinear<axis=0>(w, ws, wz) a = Conv(x_d, wd) y = Add(a, x_d) "
        + "vd = DequantizeLinear<axis=0>(v, vs, vz) z = Conv(x_d, vd)",
        {
            "w": weights(2, 2, 1, 1),
            "ws": scales(2),
            "wz": np.zeros(2, np.int8),
            "v": weights(3, 2, 1, 1),
            "vs": scales(3),
            "vz": np.zeros(3, np.int8),
        },
        2,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_compilers_form_computes_what_q_and_dq_do(case):
    signature, body, constants, count = CASES[case]
    model = model_of(signature, body, **constants)
    said = settle_quantized(model)
    assert (said.taken, said.left) == (count, ())
    settled = ir.to_proto(model)
    form = compiled_form(model)
    types = [node.op_type for node in form.graph]
    assert not {"QuantizeLinear", "DequantizeLinear"} & set(types)
    assert types.count("AscendDequant") == count
    assert [value.name for value in form.graph.outputs] == [value.name for value in model.graph.outputs]
    assert ir.to_proto(model) == settled
    step = 2e-4 if "float bias" in case else 1e-5
    for one, two in zip(run(settled), run(emulated(form)), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=step)


def test_what_reads_the_same_is_quantized_once():
    signature, body, constants, _ = CASES["two convolutions that read the same, and a sum that reads floats"]
    model = model_of(signature, body, **constants)
    settle_quantized(model)
    add = next(node for node in model.graph if node.op_type == "Add")
    assert add.inputs[1].name == "x"
    form = compiled_form(model)
    assert [node.op_type for node in form.graph].count("AscendQuant") == 1
    weight = next(node for node in form.graph if node.op_type == "Conv").inputs[1]
    assert weight.const_value.dtype == ir.DataType.INT8


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({"zero": np.int8(3)}, "y = Conv(x_d, wd)"),
        ({"s": np.array([0.02, 0.03], np.float32), "zero": np.zeros(2, np.int8)}, "y = Conv(x_d, wd)"),
    ],
)
def test_what_cannot_be_integers_is_floats_and_named(changes, body):
    constants = {"w": weights(2, 2, 1, 1), "ws": np.float32(0.01)} | changes
    text = PAIR.format("x", "s") + "wd = DequantizeLinear(w, ws) " + body
    model = model_of("(float[1,2,5,5] x) => (float[1,2,5,5] y)", text, **constants)
    said = settle_quantized(model)
    assert (said.taken, said.left) == (0, ("Conv_3",))
    assert [node.op_type for node in model.graph] == ["Conv"]
    assert compiled_form(model) is model
    floats = constants["w"].astype(np.float32) * constants["ws"]
    np.testing.assert_allclose(model.graph[0].inputs[1].const_value.numpy(), floats, rtol=1e-6)


def test_a_matrix_with_a_scale_for_each_column_is_floats():
    text = PAIR.format("x", "s") + "wd = DequantizeLinear<axis=1>(w, ws) y = MatMul(x_d, wd)"
    model = model_of("(float[3,5] x) => (float[3,2] y)", text, w=weights(5, 2), ws=scales(2))
    assert settle_quantized(model).left == ("MatMul_3",)
    assert [node.op_type for node in model.graph] == ["MatMul"]


def test_the_form_for_tables_has_no_integers():
    signature, body, constants, _ = CASES["Gemm and MatMul with a scale in all"]
    model = model_of(signature, body, **constants)
    settle_quantized(model)
    assert [node.op_type for node in float_form(model).graph] == ["Gemm", "MatMul"]
    assert any(node.op_type == "QuantizeLinear" for node in model.graph)


def test_a_plan_holds_the_compilers_form_and_is_compared(tmp_path):
    signature, body, constants, _ = CASES["two convolutions that read the same, and a sum that reads floats"]
    source = tmp_path / "q.onnx"
    onnx.save(ir.to_proto(model_of(signature, body, **constants)), source)
    report = mw.convert(source, tmp_path / "q.om", target_options={"soc_version": "Ascend310P3"}, rtol=0.05, atol=0.05)
    assert report.status is mw.Status.PLANNED
    assert any("2 layers compute in int8" in notice.message for notice in report.diagnostics)
    planned = onnx.load(tmp_path / "q.om.plan" / "model.onnx")
    assert {"AscendQuant", "AscendDequant"} <= {node.op_type for node in planned.graph.node}
    assert all(item.passed for item in report.verification.outputs)


def test_uint8_stays_and_is_refused_by_check_and_conversion_alike(tmp_path):
    text = PAIR.format("x", "s") + "wd = DequantizeLinear(w, ws) y = Conv(x_d, wd)"
    constants = {"zero": np.uint8(128), "w": weights(2, 2, 1, 1), "ws": np.float32(0.01)}
    model = model_of("(float[1,2,5,5] x) => (float[1,2,5,5] y)", text, **constants)
    onnx.save(ir.to_proto(model), tmp_path / "u.onnx")
    assert (settle_quantized(model).taken, float_form(model), compiled_form(model)) == (0, model, model)
    assert not mw.check(tmp_path / "u.onnx", "ascend").passed
    with pytest.raises(mw.errors.CheckFailed, match="QuantizeLinear"):
        mw.convert(tmp_path / "u.onnx", tmp_path / "u.om", target_options={"soc_version": "Ascend310P3"})


@pytest.mark.parametrize("target", ["ascend", "ascend-dynamic"])
def test_check_asks_about_the_float_network(tmp_path, target):
    signature, body, constants, _ = CASES["Gemm and MatMul with a scale in all"]
    onnx.save(ir.to_proto(model_of(signature, body, **constants)), tmp_path / "q.onnx")
    report = mw.check(tmp_path / "q.onnx", target)
    assert (report.passed, [item.type for item in report.targets[0].nodes]) == (True, ["Gemm", "MatMul"])
