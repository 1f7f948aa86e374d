"""Writes the seeds of the fuzzing corpus: small sound models of every format, a folder a reader.

python tests/fuzz/corpus.py build/fuzz
"""

from __future__ import annotations

import json
import struct
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnx.helper
import onnx.parser
from google.protobuf import text_format

import modelwright
from modelwright.frontends.tensorflow.messages import message_class
from modelwright.schemas.pool import load_schema

sys.path.insert(0, str(Path(__file__).parents[1] / "backends" / "ascend" / "doubles"))

from om_files import INOUT, MODEL_DEF, TASK_INFO, WEIGHTS, inout, model_def, om_file

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


def _members(folder: str, name: str, *, most: int = 60) -> dict[str, bytes]:
    """What the cases of a folder's fixture files call ``name``, evenly chosen by size."""
    found: dict[str, bytes] = {}
    for path in sorted((FIXTURES / folder).glob("*.npz")):
        with np.load(path) as arrays:
            for key in (key for key in arrays.files if key.endswith(f"/{name}")):
                array = arrays[key]
                data = str(array).encode() if array.dtype.kind == "U" else array.tobytes()
                found[f"{path.stem}-{key.replace('/', '-')}"] = data
    smallest = sorted((key for key in found if len(found[key]) < _LARGEST), key=lambda key: (len(found[key]), key))
    return {key: found[key] for key in smallest[:: max(1, len(smallest) // most)]}


def _parameters() -> bytes:
    """A combined file of a float32[2, 3] with a LoD level and an int64[2]."""
    found = b""
    for code, dims, data, levels in ((5, [2, 3], bytes(24), [bytes(16)]), (3, [2], bytes(16), [])):
        header = load_schema("paddle").message("TensorDesc")(data_type=code, dims=dims).SerializeToString()
        lod = b"".join(struct.pack("<Q", len(level)) + level for level in levels)
        found += struct.pack("<IQ", 0, len(levels)) + lod + struct.pack("<Ii", 0, len(header)) + header + data
    return found


def _mindir_seeds() -> dict[str, bytes]:
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("convolution", "shapes"):
            source, target = Path(folder) / "m.onnx", Path(folder) / "m.mindir"
            source.write_bytes(onnx.parser.parse_model(_ONNX[name].replace("N,", "2,")).SerializeToString())
            modelwright.convert(source, target, no_verify=True)
            found[name] = target.read_bytes()
    return found


def _om_seeds() -> dict[str, bytes]:
    graph = model_def(
        [("data", (1, 3, 8, 8))],
        [("prob:0", (1, 10))],
        operators=("Conv2D", "Relu"),
        attributes={"soc_version": "Ascend310P3", "framework_type": 5, "memory_size": 4096},
        gears=(2, [(224, 224), (448, 448)]),
    )
    listed = inout([("x", (2, 2))], [("y", (2,))])
    return {
        "wide": om_file([(MODEL_DEF, graph), (WEIGHTS, bytes(640)), (TASK_INFO, b"")], platform="310P"),
        "narrow": om_file([(INOUT, listed), (MODEL_DEF, graph)], wide=False),
        "two": om_file([(MODEL_DEF, graph)], [(MODEL_DEF, graph), (WEIGHTS, bytes(8))]),
    }


_FUSED = b"""\0\7header {
  version = 5
  inputs={ "x.1" "{ForeignNode[c1]}_shapeInput.1" }
  outputs={ "y.1" "mid.2" }
descriptors {
  tensor={ alignment=32 dims={ "__mye68" 3 16 16 } mem_prop=0 name="x.1" offset=0 type=half }
  tensor={ alignment=32 dims={ 1 4 } name="y.1" type=float }
main {
 label bb1:
  function={ name=__myl_Move_3 fqn=__myl_Move_0x8e }
  corrltn={ name="c1" layers="[ONNX Layer: c1]\x1e[ONNX Layer: r1]" }
}
shape_main {
  copy={ name=c }
}
\0"""


def _engine() -> bytes:
    """Laid out as TensorRT-RTX 1.7.1 lays out engines."""
    names = (b"x", b"y")
    body = b"".join(b"\x0c\x80\1\0" + struct.pack("<Q", len(name)) + name + b"\x1c\x80\1\0" for name in names)
    body += _FUSED
    start = 0x40 + 2 * 24
    head = b"vtrt" + bytes(4) + struct.pack("<QQ", 2, 0) + bytes([1, 7, 1, 116]) + b"vtrt"
    head += struct.pack("<QQQQ", 0b10100, 0, 0, 8)
    table = b"NGNE" + bytes(4) + struct.pack("<QQ", start, len(body))
    table += b"THGW" + bytes(4) + struct.pack("<QQ", start + len(body), 8)
    return head + table + body + bytes(8)


_RECIPE = {
    "source": {"path": "m.onnx", "format": "onnx"},
    "output": {"path": "n.onnx", "opset": 17},
    "verify": {"rtol": 1e-4, "atol": 1e-6},
    "options": {},
}

_RECIPE_TEXT = b"""[source]
path = "m.pb"
format = "tf-graphdef"

[output]
path = "n.onnx"

[options]
inputs = ["x:0[1,3]"]
"""

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
        "prototxt": _members("caffe", "prototxt"),
        "caffemodel": _members("caffe", "caffemodel"),
        "paddle_program": {key: data for key, data in _members("paddle", "program").items() if data[:1] != b"{"},
        "paddle_pir": {key: data for key, data in _members("paddle", "program").items() if data[:1] == b"{"},
        "paddle_parameters": {"two": _parameters()},
        "mindir": _mindir_seeds(),
        "om": _om_seeds(),
        "engine": {"small": _engine()},
        "recipe": {"json": json.dumps(_RECIPE).encode(), "toml": _RECIPE_TEXT},
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
