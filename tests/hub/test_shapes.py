"""Inference on demand agrees with what ONNX Runtime computes, and follows symbolic dimensions further than onnx."""

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime as ort
import pytest

from modelwright.hub.emitters import OpsetBuilder
from modelwright.hub.opset import ir_version_for

FLOAT = ir.DataType.FLOAT


def builder(
    *shapes: tuple[int | str | None, ...], opset: int = 17, dtype: ir.DataType = FLOAT
) -> tuple[OpsetBuilder, list[ir.Value]]:
    inputs = [
        ir.Value(name=f"x{index}", shape=ir.Shape(shape), type=ir.TensorType(dtype))
        for index, shape in enumerate(shapes)
    ]
    return OpsetBuilder(ir.Graph(inputs, [], nodes=[], opset_imports={"": opset}), opset), inputs


def run(
    op: OpsetBuilder, inputs: list[ir.Value], outputs: list[ir.Value], arrays: list[np.ndarray]
) -> list[np.ndarray]:
    op.graph.outputs.extend(outputs)
    for value in outputs:
        op.dtype(value)
    model = ir.Model(op.graph, ir_version=ir_version_for({"": op.opset}))
    session = ort.InferenceSession(ir.to_proto(model).SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {value.name: array for value, array in zip(inputs, arrays, strict=True)})


F = np.float32
CASES = {
    "conv_same_stride": (
        lambda op, x: op.Conv(x, np.zeros((4, 3, 3, 2), F), strides=[2, 3], auto_pad="SAME_UPPER"),
        (2, 3, 11, 7),
    ),
    "conv_pads_dilations": (
        lambda op, x: op.Conv(x, np.zeros((4, 3, 3, 3), F), pads=[1, 0, 2, 3], dilations=[2, 1]),
        (2, 3, 11, 7),
    ),
    "conv_group": (lambda op, x: op.Conv(x, np.zeros((6, 1, 3, 3), F), group=3), (2, 3, 11, 7)),
    "conv_valid": (lambda op, x: op.Conv(x, np.zeros((6, 3, 3, 3), F), auto_pad="VALID"), (2, 3, 11, 7)),
    "conv_1d": (lambda op, x: op.Conv(x, np.zeros((6, 3, 4), F), strides=[3]), (2, 3, 11)),
    "maxpool_ceil": (lambda op, x: op.MaxPool(x, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1), (1, 2, 8, 9)),
    "avgpool": (lambda op, x: op.AveragePool(x, kernel_shape=[2, 3], strides=[3, 1], pads=[1, 1, 0, 0]), (1, 2, 8, 9)),
    "global_pool": (lambda op, x: op.GlobalAveragePool(x), (2, 3, 4, 5)),
    "transpose": (lambda op, x: op.transpose(x, [1, 2, 0]), (2, 3, 4)),
    "transpose_default": (lambda op, x: op.Transpose(x), (2, 3, 4)),
    "reshape_minus_one": (lambda op, x: op.reshape(x, [0, -1]), (2, 3, 4)),
    "squeeze": (lambda op, x: op.squeeze(x, [-1]), (2, 3, 1)),
    "squeeze_all": (lambda op, x: op.squeeze(x), (1, 3, 1)),
    "unsqueeze": (lambda op, x: op.unsqueeze(x, [0, -1]), (2, 3)),
    "concat": (lambda op, x: op.concat([x, x, op.constant(np.zeros((2, 5), F))], -1), (2, 3)),
    "reduce_all": (lambda op, x: op.reduce("ReduceMax", x, None, keepdims=True), (2, 3)),
    "reduce_some": (lambda op, x: op.reduce("ReduceSum", x, [-1], keepdims=False), (2, 3)),
    "argmax": (lambda op, x: op.ArgMax(x, axis=-1, keepdims=0), (2, 3)),
    "matmul": (lambda op, x: op.MatMul(x, np.zeros((4, 1, 3, 5), F)), (6, 2, 3)),
    "matmul_vector": (lambda op, x: op.MatMul(x, np.zeros(3, F)), (6, 2, 3)),
    "gemm": (lambda op, x: op.Gemm(x, np.zeros((5, 2), F), transA=1, transB=1), (2, 3)),
    "gather": (lambda op, x: op.gather(x, [[0, 1]], 1), (2, 3, 4)),
    "gather_scalar": (lambda op, x: op.gather(x, 1, -1), (2, 3, 4)),
    "expand": (lambda op, x: op.Expand(x, op.ints(4, 1, 3)), (2, 1)),
    "slice": (lambda op, x: op.slice(x, [1, -2], [None, 3], [0, 2]), (4, 3, 4)),
    "slice_backwards": (lambda op, x: op.slice(x, [-1], [None], [0], [-2]), (5, 3)),
    "broadcast": (lambda op, x: op.Add(x, np.zeros((5, 1, 4), F)), (3, 1)),
    "where": (lambda op, x: op.Where(op.Greater(x, np.zeros((2, 1, 1), F)), x, x), (3, 4)),
    "pad": (lambda op, x: op.pad(x, [0, 1, 2, 3]), (3, 4)),
    "split": (lambda op, x: op.split(x, [1, 3], 1)[1], (3, 4)),
    "resize": (lambda op, x: op.Resize(x, None, np.asarray([1, 1, 2, 1.5], F), mode="nearest"), (1, 2, 3, 4)),
    "tile": (lambda op, x: op.Tile(x, op.ints(2, 3)), (3, 4)),
    "cast": (lambda op, x: op.cast(x, ir.DataType.INT32), (3, 4)),
    "constant_of_shape": (lambda op, x: op.ConstantOfShape(op.ints(3, 2), value=np.asarray([1], np.int64)), (1,)),
    "depth_to_space": (lambda op, x: op.DepthToSpace(x, blocksize=2), (1, 8, 3, 2)),
}


@pytest.mark.parametrize("name", CASES)
def test_shape_and_dtype_are_what_runs(name):
    make, shape = CASES[name]
    op, (x,) = builder(shape)
    value = make(op, x)
    inferred, dtype = op.shape(value), op.dtype(value)
    (result,) = run(op, [x], [value], [np.zeros(shape, np.float32)])
    assert inferred == result.shape
    assert dtype.numpy() == result.dtype


def test_dynamic_reshape_keeps_the_known_dimensions():
    op, (x,) = builder(("batch", 7, 7, 64))
    batch = op.slice(op.shape_of(x), [0], [1])
    y = op.reshape(x, op.concat([batch, op.ints(7 * 7 * 64)], 0))
    assert op.shape(y) == ("batch", 3136)
    assert op.shape(op.reshape(y, [-1, 49, 64])) == ("batch", 49, 64)


def test_contents_follow_scalars_arithmetic_and_casts():
    op, (x,) = builder(("batch", 6, 8))
    half = op.Div(op.gather(op.shape_of(x), 2), np.int64(2))
    as_int32 = op.cast(op.unsqueeze(half, [0]), ir.DataType.INT32)
    assert op.constant_value(as_int32).tolist() == [4]
    assert op.constant_value(as_int32).dtype == np.int32
    times_one = op.Mul(op.gather(op.shape_of(x), [0]), op.ints(1))
    assert op.shapes.contents(times_one).tolist() == ["batch"]


@pytest.mark.parametrize(("left", "right"), [(7, 2), (-7, 2), (7, -2), (-7, -2)])
def test_integer_division_truncates_as_onnx_does(left, right):
    op, (x,) = builder((1,))
    quotient = op.Div(op.ints(left), op.ints(right))
    assert op.constant_value(quotient).tolist() == run(op, [x], [quotient], [np.zeros(1, np.float32)])[0].tolist()


def test_a_graph_input_with_a_default_is_not_constant():
    op, (x,) = builder((3,))
    x.const_value = ir.tensor(np.zeros(3, np.float32))
    op.graph.register_initializer(x)
    assert op.constant_value(x) is None


def test_a_long_chain_does_not_exhaust_the_stack():
    op, (x,) = builder(("batch", 3))
    value = x
    for _ in range(5000):
        value = op.Relu(value)
    assert op.shape(value) == ("batch", 3)


def test_whole_models_agree_with_onnx(tmp_path):
    op, (x,) = builder(("batch", 3, 17, 9))
    y = op.Conv(x, np.zeros((8, 3, 3, 3), np.float32), strides=[2, 2], pads=[1, 1, 1, 1])
    z = op.concat([op.Relu(y), op.MaxPool(y, kernel_shape=[3, 3], pads=[1, 1, 1, 1])], 1)
    op.graph.outputs.append(z)
    op.dtype(z)
    expected = op.shape(z)
    proto = ir.to_proto(ir.Model(op.graph, ir_version=8))
    inferred = onnx.shape_inference.infer_shapes(proto, strict_mode=True).graph.output[0].type.tensor_type.shape
    assert tuple(dim.dim_value or dim.dim_param for dim in inferred.dim) == expected


def test_sequences_have_no_dtype_and_no_shape():
    op, (x,) = builder((2, 3))
    sequence = op.SequenceConstruct(x, x)
    sequence.type = ir.SequenceType(ir.TensorType(FLOAT))
    picked = op.SequenceAt(op.SequenceInsert(sequence, x), op.constant(np.asarray(0)))
    assert op.shapes.dtype(sequence) is None
    assert op.shapes.shape(sequence) is None
    assert op.shapes.dtype(picked) is None


def test_a_slice_before_opset_10_has_attributes():
    op, (x,) = builder((7, 5, 3), opset=9)
    assert op.shape(op.Slice(x, starts=[1, -2], ends=[6, 9], axes=[0, 2])) == (5, 5, 2)
    assert op.shape(op.Slice(x, starts=[1], ends=[-1])) == (5, 5, 3)


def test_what_is_not_fully_known_is_inferred_again():
    op, (x, target) = builder((None, 4), (None,), dtype=ir.DataType.INT64)
    y = op.Reshape(x, target)
    assert op.shape(y) is None
    y.producer().replace_input_with(1, op.ints(2, 2))
    op.shapes.renew()
    assert op.shape(y) == (2, 2)
