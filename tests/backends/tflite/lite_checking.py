"""One node or a small model, written as TFLite, run in LiteRT and compared with ONNX Runtime."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from onnx import helper, numpy_helper

from modelwright.backends.tflite.write import write
from modelwright.frontends.tflite.reader import read_tflite
from modelwright.hub.io import load

OPSET = 21


def node_model(
    op_type: str,
    inputs: Mapping[str, np.ndarray],
    *,
    constants: Mapping[str, np.ndarray] | None = None,
    order: Sequence[str] | None = None,
    outputs: int = 1,
    opset: int = OPSET,
    dynamic: Sequence[str] = (),
    **attributes: Any,
) -> onnx.ModelProto:
    """A model of one node; inputs named in ``dynamic`` have an open first dimension."""
    names = list(order if order is not None else (*inputs, *(constants or {})))
    made = [f"y{number}" for number in range(outputs)]
    node = helper.make_node(op_type, names, made, name="node", **attributes)
    given = [
        helper.make_tensor_value_info(
            name,
            helper.np_dtype_to_tensor_dtype(array.dtype),
            ["N" if axis == 0 and name in dynamic else size for axis, size in enumerate(array.shape)],
        )
        for name, array in inputs.items()
    ]
    initializers = [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()]
    infos = [onnx.ValueInfoProto(name=name) for name in made]
    graph = helper.make_graph([node], "g", given, infos, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    return onnx.shape_inference.infer_shapes(model)


def converted(model: onnx.ModelProto, folder: Path, **options: Any) -> Path:
    """The path of the TFLite file."""
    onnx.save(model, folder / "m.onnx")
    write(load(folder / "m.onnx"), folder / "m.tflite", **options)
    return folder / "m.tflite"


def operators(path: Path) -> list[str]:
    """The operators of the main graph of a file."""
    return [item.name for item in read_tflite(path).subgraphs[0].operators]


def lite_run(path: Path, feeds: Mapping[str, np.ndarray], *, plain: bool = False) -> list[np.ndarray]:
    """The outputs in LiteRT, with its default delegate or the plain kernels."""
    kinds = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES if plain else OpResolverType.AUTO
    interpreter = Interpreter(model_path=str(path), num_threads=1, experimental_op_resolver_type=kinds)
    details = {item["name"]: item for item in interpreter.get_input_details()}
    for name, array in feeds.items():
        interpreter.resize_tensor_input(details[name]["index"], array.shape)
    interpreter.allocate_tensors()
    for name, array in feeds.items():
        interpreter.set_tensor(details[name]["index"], array)
    interpreter.invoke()
    return [interpreter.get_tensor(item["index"]) for item in interpreter.get_output_details()]


def onnx_run(model: onnx.ModelProto, feeds: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """The outputs in ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, dict(feeds))


def compare(
    found: Sequence[np.ndarray], expected: Sequence[np.ndarray], *, rtol: float = 1e-5, atol: float = 1e-6
) -> None:
    """Shapes, dtypes and values; the tolerance is relative to the output's scale as well."""
    assert len(found) == len(expected)
    for mine, theirs in zip(found, expected, strict=True):
        assert mine.dtype == theirs.dtype
        assert mine.shape == theirs.shape
        if mine.dtype.kind == "f":
            scale = float(np.max(np.abs(theirs[np.isfinite(theirs)]), initial=0))
            np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=max(atol, rtol * scale))
        else:
            np.testing.assert_array_equal(mine, theirs)


def check(
    model: onnx.ModelProto,
    feeds: Mapping[str, np.ndarray],
    *,
    expected: Sequence[np.ndarray] | None = None,
    rtol: float = 1e-5,
    atol: float = 1e-6,
) -> list[str]:
    """Converts, runs with and without delegate, compares; returns the operators of the file."""
    wanted = onnx_run(model, feeds) if expected is None else expected
    with tempfile.TemporaryDirectory() as folder:
        path = converted(model, Path(folder))
        for plain in (False, True):
            compare(lite_run(path, feeds, plain=plain), wanted, rtol=rtol, atol=atol)
        return operators(path)


def check_node(op_type: str, inputs: Mapping[str, np.ndarray], **options: Any) -> list[str]:
    """``check`` of a model of one node; options as of ``node_model``, and the tolerances."""
    inputs = {name: np.asarray(array) for name, array in inputs.items()}
    tolerances = {key: options.pop(key) for key in ("rtol", "atol", "expected") if key in options}
    return check(node_model(op_type, inputs, **options), inputs, **tolerances)


def floats(*shape: int, seed: int = 0, low: float = -2.0, high: float = 2.0) -> np.ndarray:
    """Random numbers."""
    return np.random.default_rng(seed).uniform(low, high, shape).astype(np.float32)
