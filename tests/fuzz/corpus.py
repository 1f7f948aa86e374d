"""Writes the seeds of the fuzzing corpus: small sound models of every format, a folder a reader.

python tests/fuzz/corpus.py build/fuzz
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnx.helper
import onnx.parser
from google.protobuf import text_format

from modelwright.frontends.tensorflow.messages import message_class

FIXTURES = Path(__file__).parents[1] / "fixtures"
_LARGEST = 40_000

_ONNX = {
    "convolution": """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[N, 3, 4, 4] x) => (float[N, 48] y)
        <float[3, 3, 1, 1] w = {1, 0, 0, 0, 1, 0, 0, 0, 1}, int64[2] shape = {0, 48}>
        { c = Conv <strides = [1, 1]> (x, w)  y = Reshape (c, shape) }
    """,
    "branches": """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2, 3] x, bool c) => (float[2, 3] y)
        <float[3] bias = {1, 2, 3}>
        {
            a = Add (x, bias)
            y = If (c) <
                then_branch = g1 () => (float[2, 3] p) { p = Mul (a, a) },
                else_branch = g2 () => (float[2, 3] q) { q = Identity (x) }
            >
        }
    """,
    "loop": """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2] x, int64 n) => (float[2] y, float[M, 2] all)
        <bool go = {1}>
        {
            y, all = Loop (n, go, x) <body = b (int64 i, bool c, float[2] s) => (bool d, float[2] t, float[2] u)
                { d = Identity (c)  t = Add (s, x)  u = Identity (t) }>
        }
    """,
    "function": """
        <ir_version: 8, opset_import: ["" : 17, "local" : 1]>
        g (float[N] x) => (float[N] y) { y = local.twice <k = 2> (x) }
        <domain: "local", opset_import: ["" : 17]>
        twice <k> (a) => (b) { c = Add (a, a)  b = Neg (c) }
    """,
    "shapes": """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[N, 4] x) => (float[N, 2, 2] y)
        <int64[1] tail = {2}, int64 zero = {0}, int64[1] first = {0}>
        {
            s = Shape (x)  n = Gather <axis = 0> (s, zero)  v = Unsqueeze (n, first)
            t = Concat <axis = 0> (v, tail, tail)  y = Reshape (x, t)
        }
    """,
}


def _onnx_seeds() -> dict[str, bytes]:
    found = {name: onnx.parser.parse_model(text).SerializeToString() for name, text in _ONNX.items()}
    model = onnx.parser.parse_model(_ONNX["convolution"])
    tensor = model.graph.initializer[0]
    tensor.ClearField("float_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", "weights.data"), ("offset", "0"), ("length", "36")):
        tensor.external_data.add(key=key, value=value)
    found["external"] = model.SerializeToString()
    sparse = onnx.parser.parse_model(
        '<ir_version: 8, opset_import: ["" : 17]> g (float[2, 2] x) => (float[2, 2] y) { y = Add (x, w) }'
    )
    values = onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT, [1], [5.0])
    indices = onnx.helper.make_tensor("", onnx.TensorProto.INT64, [1], [2])
    sparse.graph.sparse_initializer.append(onnx.helper.make_sparse_tensor(values, indices, [2, 2]))
    sparse.metadata_props.add(key="k", value="v")
    found["sparse"] = sparse.SerializeToString()
    sequence = onnx.helper.make_model(
        onnx.helper.make_graph(
            [onnx.helper.make_node("SequenceAt", ["s", "i"], ["y"])],
            "g",
            [
                onnx.helper.make_tensor_sequence_value_info("s", onnx.TensorProto.FLOAT, [2]),
                onnx.helper.make_tensor_value_info("i", onnx.TensorProto.INT64, []),
            ],
            [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [2])],
        ),
        ir_version=8,
        opset_imports=[onnx.helper.make_opsetid("", 17)],
    )
    found["sequence"] = sequence.SerializeToString()
    return found


def _small_files(pattern: str, *folders: str) -> dict[str, bytes]:
    paths = [path for folder in folders for path in sorted((FIXTURES / folder).glob(pattern))]
    return {
        str(path.relative_to(FIXTURES)).replace("/", "-"): path.read_bytes()
        for path in paths
        if path.stat().st_size < _LARGEST
    }


def _texts(graphs: dict[str, bytes]) -> dict[str, bytes]:
    kind = message_class("GraphDef")
    found = {name: text_format.MessageToString(kind.FromString(data)).encode() for name, data in graphs.items()}
    return {name: data for name, data in found.items() if len(data) < _LARGEST}


def _tflite_seeds() -> dict[str, bytes]:
    with np.load(FIXTURES / "tflite" / "cases.npz") as arrays:
        models = {key: arrays[key].tobytes() for key in arrays.files if key.endswith("/model")}
    smallest = sorted(models, key=lambda key: (len(models[key]), key))
    return {key.replace("/", "-"): models[key] for key in smallest[:: max(1, len(smallest) // 40)]}


_KERAS = {
    "class_name": "Functional",
    "config": {
        "name": "f",
        "layers": [
            {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 4], "dtype": "float32"}},
            {"class_name": "Dense", "config": {"name": "d", "units": 2}},
        ],
        "output_layers": [["d", 0, 0]],
    },
}


def seeds() -> dict[str, dict[str, bytes]]:
    """Reader to name to contents."""
    graphs = _small_files(
        "*.pb", "tensorflow/reader", *(f"tensorflow/models/{name}" for name in ("while_loop", "cond"))
    )
    return {
        "onnx": _onnx_seeds(),
        "graphdef": graphs,
        "pbtxt": _texts(graphs),
        "saved_model": _small_files("saved_model.pb", "tensorflow/reader/tf2_module", "tensorflow/reader/tf1_ref"),
        "bundle": _small_files("*.index", "tensorflow/reader/tf1_checkpoint"),
        "tflite": _tflite_seeds(),
        "tfjs": _small_files("model.json", *(f"tensorflow/tfjs/{name}" for name in ("network", "vocabulary"))),
        "keras": {"functional": json.dumps(_KERAS).encode()},
    }


def write(folder: Path) -> None:
    """Writes every seed to ``folder/<reader>/<name>``."""
    for reader, files in seeds().items():
        place = folder / reader
        place.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (place / name).write_bytes(data)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
