"""Models of one recurrent layer, and ONNX Runtime, which runs them."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
STEPS, BATCH, WIDTH, HIDDEN = 5, 3, 2, 4


def model_of(kind, *, directions=1, bias=True, lengths=None, states=False, peepholes=False, steps=STEPS, **attributes):
    """A model of one node, and its inputs."""
    draw = np.random.default_rng(7)
    gates = GATES[kind]
    first = attributes.get("layout")
    inputs = {"x": (BATCH, steps, WIDTH) if first else (steps, BATCH, WIDTH)}
    arrays = {
        "w": draw.standard_normal((directions, gates * HIDDEN, WIDTH)),
        "r": draw.standard_normal((directions, gates * HIDDEN, HIDDEN)),
    }
    if bias:
        arrays["b"] = draw.standard_normal((directions, 2 * gates * HIDDEN))
    if states:
        shape = (BATCH, directions, HIDDEN) if first else (directions, BATCH, HIDDEN)
        arrays["h"] = draw.standard_normal(shape)
        if kind == "LSTM":
            arrays["c"] = draw.standard_normal(shape)
    if peepholes:
        arrays["p"] = draw.standard_normal((directions, 3 * HIDDEN))
    weights = {name: array.astype(np.float32) for name, array in arrays.items()}
    if lengths is not None:
        weights["lengths"] = np.array(lengths, np.int32)
    places = ["x", "w", "r", "b", "lengths", "h", "c", "p"][: 8 if kind == "LSTM" else 6]
    names = [name if name in inputs or name in weights else "" for name in places]
    outputs = ["y", "yh", "yc"][: 3 if kind == "LSTM" else 2]
    node = helper.make_node(kind, names, outputs, hidden_size=HIDDEN, **attributes)
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [onnx.numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    feeds = {name: draw.standard_normal(shape).astype(np.float32) for name, shape in inputs.items()}
    return onnx.shape_inference.infer_shapes(proto), feeds


def run(proto, feeds):
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, feeds)
