"""What the tests of the Caffe frontend share: fixtures, conversion, running in ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest

from modelwright.formats import Format
from modelwright.frontends.caffe.load import load
from modelwright.frontends.manifest import Imported, LoadRequest
from modelwright.passes.pipeline import optimize

FIXTURES = Path(__file__).parents[2] / "fixtures" / "caffe"
RTOL = 2e-5
NO_LAYERS = b"\n\x03net"
"""A caffemodel of a net whose layers have no weights; there is no such file then."""


def archive(name: str) -> dict[str, dict[str, np.ndarray]]:
    """The cases of a fixture file: name to ``prototxt``, ``caffemodel``, ``in:...`` and ``out:...``."""
    cases: dict[str, dict[str, np.ndarray]] = {}
    with np.load(FIXTURES / f"{name}.npz") as arrays:
        for key in arrays.files:
            case, _, rest = key.partition("/")
            cases.setdefault(case, {})[rest] = arrays[key]
    return cases


def write_model(case: dict[str, np.ndarray], folder: Path) -> Path:
    """The case's files; gives the prototxt."""
    path = folder / "net.prototxt"
    path.write_text(str(case["prototxt"]))
    weights = case["caffemodel"].tobytes()
    if len(weights) > len(NO_LAYERS):
        (folder / "net.caffemodel").write_bytes(weights)
    return path


def convert(path: Path, *, opset: int | None = None, optimized: bool = True, **options: Any) -> Imported:
    """The import of a model, optimized unless that is not wanted."""
    found = load(LoadRequest(path=path, format=Format.CAFFE, options=options, opset=opset))
    if optimized:
        optimize(found.model, opset=found.model.graph.opset_imports[""])
    return found


def run(hub: ir.Model, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The outputs by name in ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    data = ir.to_proto(hub).SerializeToString()
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    names = [item.name for item in session.get_outputs()]
    taken = {item.name for item in session.get_inputs()}
    return dict(
        zip(names, session.run(names, {key: value for key, value in inputs.items() if key in taken}), strict=True)
    )


def sides(case: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Inputs and expected outputs by name."""
    return tuple(
        {key.removeprefix(side): array for key, array in case.items() if key.startswith(side)}
        for side in ("in:", "out:")
    )


def compare(found: dict[str, np.ndarray], expected: dict[str, np.ndarray], *, rtol: float = RTOL) -> None:
    """Values, shapes and names must agree, errors being related to an output's largest finite value."""
    assert set(found) == set(expected)
    for name, want in expected.items():
        assert found[name].shape == want.shape, name
        finite = want[np.isfinite(want)]
        scale = np.abs(finite).max() if finite.size else 1.0
        np.testing.assert_allclose(found[name], want, rtol=rtol, atol=rtol * float(scale), err_msg=name)


def check_case(family: str, name: str, folder: Path, *, opset: int | None = None, optimized: bool = True) -> None:
    """Converts a case's net, runs it and compares with what is expected."""
    case = archive(family)[name]
    inputs, expected = sides(case)
    imported = convert(write_model(case, folder), opset=opset, optimized=optimized)
    compare(run(imported.model, inputs), expected)


def parametrize_cases(family: str) -> Any:
    """A test's parameter ``name``: each case of a family."""
    return pytest.mark.parametrize("name", list(archive(family)))
