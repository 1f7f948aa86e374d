"""Running TFLite sources in another interpreter."""

from __future__ import annotations

import os
import venv
from pathlib import Path

import numpy as np
import pytest

from modelwright.errors import ToolMissingError
from modelwright.formats import Format
from modelwright.verify.runners.tflite import query_source
from modelwright.verify.source import Binding, SourceQuery

FIXTURES = Path(__file__).parents[2] / "fixtures" / "tflite"


def _query(folder: Path, *, python: Path | None, dequantize: bool = False) -> tuple[SourceQuery, dict[str, np.ndarray]]:
    with np.load(FIXTURES / "networks.npz") as archive:
        case = {key.partition("/")[2]: archive[key] for key in archive.files if key.startswith("classify_int8/")}
    path = folder / "model.tflite"
    path.write_bytes(case["model"].tobytes())
    given = next(key.removeprefix("in:") for key in case if key.startswith("in:"))
    made = next(key.removeprefix("out:") for key in case if key.startswith("out:"))
    query = SourceQuery(
        model=path,
        format=Format.TFLITE,
        inputs=(Binding(name="x", source=given),),
        outputs=(Binding(name="y", source=made),),
        python=python,
        details={
            "input_tensors": {given: 0},
            "output_tensors": {made: 0},
            "subgraph": 0,
            "signature": "serving_default",
            "dequantize": dequantize,
        },
    )
    return query, case


def test_without_an_interpreter_there_is_no_runner(tmp_path, monkeypatch):
    monkeypatch.delenv("MODELWRIGHT_TF_PYTHON", raising=False)
    query, _ = _query(tmp_path, python=None)
    assert query_source(query) is None


def test_an_interpreter_without_tflite_says_so(tmp_path):
    venv.create(tmp_path / "bare", symlinks=True)
    query, case = _query(tmp_path, python=tmp_path / "bare" / "bin" / "python")
    runner = query_source(query)
    assert runner is not None
    given = next(array for key, array in case.items() if key.startswith("in:"))
    with pytest.raises(ToolMissingError, match="ai-edge-litert or TensorFlow cannot be imported"):
        runner.run({"x": given})


@pytest.mark.oracle_tf
@pytest.mark.parametrize("dequantize", [False, True])
def test_tflite_gives_what_the_fixture_holds(dequantize, tmp_path):
    from modelwright.frontends.tflite.reader import read_tflite

    query, case = _query(tmp_path, python=Path(os.environ["MODELWRIGHT_TF_PYTHON"]), dequantize=dequantize)
    graph = read_tflite(query.model).subgraphs[0]
    query.details["input_tensors"].update(dict.fromkeys(query.details["input_tensors"], graph.inputs[0]))
    query.details["output_tensors"].update(dict.fromkeys(query.details["output_tensors"], graph.outputs[0]))
    given = next(array for key, array in case.items() if key.startswith("in:"))
    wanted = next(array for key, array in case.items() if key.startswith("out:"))
    if dequantize:
        scales = [graph.tensors[index].quantization for index in (graph.inputs[0], graph.outputs[0])]
        given, wanted = (
            (array.astype(np.float32) - item.zero_point[0]) * item.scale[0]
            for array, item in zip((given, wanted), scales, strict=True)
        )
    result = query_source(query).run({"x": given})
    assert result.label.startswith(("TFLite of TensorFlow", "LiteRT"))
    np.testing.assert_allclose(result.arrays["y"], wanted, rtol=1e-6)
