"""The ONNX backend node tests as models with data, and how a model of one is run and compared.

A model runs in ONNX Runtime, or in onnx's reference evaluator where ONNX Runtime has no kernel or does not know the
opset. Only runtimes that were right on the original model judge what was made of it.
"""

from __future__ import annotations

import ctypes
import functools
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from onnx import numpy_helper
from onnx.backend.test.loader import load_model_tests
from onnx.reference import ReferenceEvaluator

ORT_OPSET, ORT_IR = 26, 13
"""The newest opset and IR version that ONNX Runtime 1.31 loads."""

_NOISE = 1e-6
"""Part of the largest expected number that an element may be off by: some expected outputs are rounded themselves."""

RUNTIMES = ("onnxruntime", "reference")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test.

    Attributes:
        name: Its name.
        model: The model.
        inputs: One array, list or None for each input.
        expected: One for each output.
        rtol: Relative tolerance.
        atol: Absolute tolerance.
    """

    name: str
    model: onnx.ModelProto
    inputs: tuple[Any, ...]
    expected: tuple[Any, ...]
    rtol: float
    atol: float

    @property
    def opset(self) -> int:
        """The opset of the default domain, or 0."""
        return next((item.version for item in self.model.opset_import if item.domain in ("", "ai.onnx")), 0)


@functools.cache
def cases() -> dict[str, Case]:
    """All node tests of the installed onnx, and each again with its parameters as initializers (``<name>/fixed``)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # overflows that the tests are about
        found = load_model_tests(kind="node")
    plain = [_case(item) for item in found]
    fixed = [item for case in plain if (item := with_fixed_parameters(case)) is not None]
    return {case.name: case for case in sorted([*plain, *fixed], key=lambda case: case.name)}


def _case(test: Any) -> Case:
    inputs, expected = test.data_sets[0]
    model = onnx.ModelProto.FromString(test.model.SerializeToString())
    values = [_plain(value) for value in (*inputs, *expected)]
    return Case(
        name=test.name,
        model=model,
        inputs=tuple(values[: len(inputs)]),
        expected=tuple(values[len(inputs) :]),
        rtol=test.rtol,
        atol=test.atol,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, onnx.TensorProto):
        return numpy_helper.to_array(value)
    return value if value is None or isinstance(value, list) else np.asarray(value)


def with_fixed_parameters(case: Case) -> Case | None:
    """The case with small 1-D or scalar inputs after the first as initializers, as models of networks have them.

    None when there are none, or when what is left would be no input at all.
    """
    graph = case.model.graph
    fixed = [
        place
        for place, (info, value) in enumerate(zip(graph.input, case.inputs, strict=True))
        if place
        and isinstance(value, np.ndarray)
        and value.ndim <= 1
        and value.dtype.kind in "iufb"
        and info.type.HasField("tensor_type")
    ]
    if not fixed or any(node.op_type in ("Loop", "Scan", "If") for node in graph.node):
        return None
    model = onnx.ModelProto.FromString(case.model.SerializeToString())
    for place in fixed:
        model.graph.initializer.append(numpy_helper.from_array(case.inputs[place], graph.input[place].name))
    kept = [place for place in range(len(graph.input)) if place not in fixed]
    infos = [graph.input[place] for place in kept]
    del model.graph.input[:]
    model.graph.input.extend(infos)
    return Case(
        name=f"{case.name}/fixed",
        model=model,
        inputs=tuple(case.inputs[place] for place in kept),
        expected=case.expected,
        rtol=case.rtol,
        atol=case.atol,
    )


def judge(case: Case, model: onnx.ModelProto, judges: dict[str, str]) -> tuple[str, str]:
    """``right``, ``wrong`` or ``unrunnable``, and why.

    ONNX Runtime decides where it was right on the case's own model. Else one of the runtimes has to be right, as each
    has versions of operators that it computes wrongly.

    Args:
        case: The test.
        model: What was made of its model.
        judges: Runtime to its verdict on the case's own model.
    """
    found: list[tuple[str, str]] = []
    for runtime in RUNTIMES:
        if judges[runtime] == "wrong":
            continue
        verdict, reason = verdict_in(runtime, case, model)
        if verdict == "right" or (verdict == "wrong" and runtime == "onnxruntime" and judges[runtime] == "right"):
            return verdict, reason
        found.append((verdict, reason))
    wrong = [item for item in found if item[0] == "wrong"]
    return wrong[0] if wrong else ("unrunnable", "; ".join(reason for _, reason in found))


def verdict_in(runtime: str, case: Case, model: onnx.ModelProto) -> tuple[str, str]:
    """The verdict of one runtime."""
    try:
        results = run_in(runtime, case, model)
    except Exception as error:  # noqa: BLE001  each model is on its own
        text = f"{runtime}: {type(error).__name__}: {error}"[:400]
        refused = runtime == "reference" or "NotImplemented" in text or beyond_runtime(model)
        return "unrunnable" if refused else "wrong", text
    found = [difference(a, b, case) for a, b in zip(results, case.expected, strict=True)]
    reason = "; ".join(text for text in found if text)
    return ("wrong", f"{runtime}: {reason}") if reason else ("right", runtime)


def able(case: Case) -> dict[str, str]:
    """The verdict of each runtime on the case's own model; empty when neither is right."""
    found = {runtime: verdict_in(runtime, case, case.model)[0] for runtime in RUNTIMES}
    return found if "right" in found.values() else {}


def beyond_runtime(model: onnx.ModelProto) -> bool:
    """Whether ONNX Runtime does not know the opset or the IR version."""
    newest = max((item.version for item in model.opset_import if item.domain in ("", "ai.onnx")), default=0)
    return newest > ORT_OPSET or model.ir_version > ORT_IR


def run_in(runtime: str, case: Case, model: onnx.ModelProto) -> list[Any]:
    """The outputs, in order."""
    names = [info.name for info in case.model.graph.input]
    if runtime == "reference":
        feeds = dict(zip(names, case.inputs, strict=True))
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return ReferenceEvaluator(model).run(None, feeds)
    return _run_ort(case, model, names)


def _run_ort(case: Case, model: onnx.ModelProto, names: list[str]) -> list[Any]:
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    infos, outputs = case.model.graph.input, case.model.graph.output
    if not any(_is_foreign(info) for info in (*infos, *outputs)):
        return session.run(None, {name: _feed(value) for name, value in zip(names, case.inputs, strict=True)})
    feeds = {info.name: _as_ort(value, info) for info, value in zip(infos, case.inputs, strict=True)}
    results = session.run_with_ort_values(None, feeds)
    return [_from_ort(value, info) for value, info in zip(results, outputs, strict=True)]


def _feed(value: Any) -> Any:
    if isinstance(value, list):
        return [_feed(item) for item in value]
    return value.astype(object) if isinstance(value, np.ndarray) and value.dtype.kind in "SU" else value


def _numpy_dtype(info: onnx.ValueInfoProto) -> np.dtype:
    return onnx.helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type)


def _is_foreign(info: onnx.ValueInfoProto) -> bool:
    return info.type.HasField("tensor_type") and _numpy_dtype(info).kind == "V"


def _as_ort(value: np.ndarray, info: onnx.ValueInfoProto) -> ort.OrtValue:
    if not _is_foreign(info):
        return ort.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(value))
    raw = np.ascontiguousarray(value).view(np.uint16 if value.dtype.itemsize == 2 else np.uint8)
    return ort.OrtValue.ortvalue_from_numpy_with_onnx_type(raw, info.type.tensor_type.elem_type)


def _from_ort(value: ort.OrtValue, info: onnx.ValueInfoProto) -> np.ndarray:
    if not _is_foreign(info):
        return value.numpy()
    shape, dtype = value.shape(), _numpy_dtype(info)
    count = int(np.prod(shape, dtype=np.int64))
    return np.frombuffer(ctypes.string_at(value.data_ptr(), count * dtype.itemsize), dtype).reshape(shape)


def difference(actual: Any, expected: Any, case: Case) -> str:
    """What is wrong with a result, in a phrase; empty if nothing."""
    if expected is None or isinstance(expected, list):
        if expected is None or actual is None or len(actual) != len(expected):
            return "" if actual is expected else "another length"
        return next(filter(None, (difference(a, b, case) for a, b in zip(actual, expected, strict=True))), "")
    expected, actual = np.asarray(expected), np.asarray(actual)
    if actual.shape != expected.shape:
        return f"shape {actual.shape}, not {expected.shape}"
    if expected.dtype.kind in "OSU" or actual.dtype.kind in "OSU":
        return "" if np.array_equal(actual.astype(str), expected.astype(str)) else "other strings"
    if actual.dtype != expected.dtype:
        return f"dtype {actual.dtype}, not {expected.dtype}"
    if actual.dtype.kind == "V":
        actual, expected = actual.astype(np.float32), expected.astype(np.float32)
    real = actual.dtype.kind in "fc"
    noise = _NOISE * np.abs(expected[np.isfinite(expected)]).max(initial=0) if real else 0
    close = np.allclose(actual, expected, rtol=case.rtol, atol=max(case.atol, noise), equal_nan=real)
    return "" if close else "other values"
