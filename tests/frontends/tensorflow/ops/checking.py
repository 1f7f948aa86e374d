"""Compares converted operators with the answers TensorFlow gave.

The cases come from ``tests/fixtures/tensorflow/ops/<family>.npz``; how they are stored is told in ``making.py`` there.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import pytest

from modelwright.errors import ConversionError
from modelwright.frontends.tensorflow.convert import ConvertOptions, convert_graph
from modelwright.frontends.tensorflow.reader import read_model

OPSETS = (13, 17, 18, 21)
FIXTURES = Path(__file__).parents[3] / "fixtures" / "tensorflow" / "ops"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One stored graph.

    Attributes:
        family: The file it is in, without suffix.
        name: Its name there.
        graph: The serialized GraphDef.
        feeds: Inputs by placeholder name.
        outputs: Names of the tensors compared.
        answers: What TensorFlow computed for them.
        since: The oldest opset that can express it; older ones must be refused with a sentence that says so.
    """

    family: str
    name: str
    graph: bytes
    feeds: dict[str, np.ndarray]
    outputs: list[str]
    answers: list[np.ndarray]
    since: int = 0

    def __str__(self) -> str:
        return self.name


def load_cases(family: str) -> list[Case]:
    """The cases of one family, in the order they were made."""
    with np.load(FIXTURES / f"{family}.npz") as stored:
        index = json.loads(stored["cases"].tobytes())
        return [
            Case(
                family=family,
                name=name,
                graph=stored[f"{name}/graph"].tobytes(),
                feeds={key: stored[f"{name}/in/{key}"] for key in entry["inputs"]},
                outputs=entry["outputs"],
                answers=[stored[f"{name}/out/{i}"] for i in range(len(entry["outputs"]))],
                since=entry.get("since", 0),
            )
            for name, entry in index.items()
        ]


def convert_case(case: Case, opset: int) -> onnx.ModelProto:
    """The case as an ONNX model of that opset, as converted and not optimized."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "graph.pb"
        path.write_bytes(case.graph)
        model = read_model(
            path,
            kind="graphdef",
            inputs=[(f"{name}:0", None) for name in case.feeds],
            outputs=[(name, None) for name in case.outputs],
        )
        return ir.to_proto(convert_graph(model, ConvertOptions(opset=opset)))


def check(case: Case, opsets: Sequence[int] = OPSETS, *, rtol: float = 1e-5, atol: float = 1e-5) -> None:
    """Converts, checks and runs a case at each opset and compares values, dtypes and shapes with TensorFlow's."""
    for opset in opsets:
        if opset < case.since:
            check_refused(case, opset)
            continue
        proto = convert_case(case, opset)
        check_valid(proto, case)
        answers = run(proto, case.feeds)
        for name, got, wanted in zip(case.outputs, answers, case.answers, strict=True):
            compare(f"{case.name} {name} at opset {opset}", got, wanted, rtol=rtol, atol=atol)


def check_refused(case: Case, opset: int) -> None:
    """Asserts that an opset too old for the case is refused with the opset to choose instead."""
    with pytest.raises(ConversionError, match=f"since opset {case.since}"):
        convert_case(case, opset)


def check_valid(proto: onnx.ModelProto, case: Case) -> None:
    """Checks the model with onnx, which insists on ranks of inputs and outputs: unknown ones are filled in."""
    filled = onnx.ModelProto()
    filled.CopyFrom(proto)
    ranks = {f"{name}:0": array.ndim for name, array in case.feeds.items()}
    ranks |= {name: array.ndim for name, array in zip(case.outputs, case.answers, strict=True)}
    for value in (*filled.graph.input, *filled.graph.output):
        if not value.type.tensor_type.HasField("shape"):
            value.type.tensor_type.shape.SetInParent()
            for _ in range(ranks[value.name]):
                value.type.tensor_type.shape.dim.add()
    onnx.checker.check_model(filled, full_check=True)


def check_runs(case: Case, opsets: Sequence[int] = OPSETS) -> list[np.ndarray]:
    """Like ``check`` for random operators: only dtypes and shapes are compared; returns the last opset's answers."""
    answers: list[np.ndarray] = []
    for opset in opsets:
        proto = convert_case(case, opset)
        check_valid(proto, case)
        answers = run(proto, case.feeds)
        for got, wanted in zip(answers, case.answers, strict=True):
            assert (got.dtype, got.shape) == (wanted.dtype, wanted.shape)
    return answers


def run(proto: onnx.ModelProto, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    """The outputs of a model in ONNX Runtime on the CPU, optimized as by default."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    named = {
        f"{name}:0": np.char.decode(array, "utf-8").astype(object) if array.dtype.kind == "S" else array
        for name, array in feeds.items()
    }
    wanted = {item.name for item in session.get_inputs()}
    return session.run(None, {name: array for name, array in named.items() if name in wanted})


def compare(what: str, got: np.ndarray, wanted: np.ndarray, *, rtol: float, atol: float) -> None:
    """Asserts equality of dtype and shape, and of values: exactly for integers, closely for floats."""
    got = np.asarray(got)
    if wanted.dtype.kind == "S":
        got = np.char.encode(got.astype(str), "utf-8") if got.size else got.astype(wanted.dtype)
        assert got.tolist() == wanted.tolist(), what
        return
    assert got.dtype == wanted.dtype, f"{what}: {got.dtype}, TensorFlow gives {wanted.dtype}"
    assert got.shape == wanted.shape, f"{what}: {got.shape}, TensorFlow gives {wanted.shape}"
    if wanted.dtype.kind == "f":
        half = wanted.dtype == np.float16
        np.testing.assert_allclose(got, wanted, rtol=2e-3 if half else rtol, atol=2e-3 if half else atol, err_msg=what)
    else:
        np.testing.assert_array_equal(got, wanted, err_msg=what)
