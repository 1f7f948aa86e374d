"""Fixtures of the suites that compare with live TensorFlow, and the table they end with.

The models come from `make_models.py`; without them every test here is skipped, naming the command that makes them.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

RESULTS = Path(__file__).parents[2] / "build" / "oracle" / "results.md"
SMALL_MODELS = Path(__file__).parents[1] / "fixtures" / "tensorflow" / "models"
DEFAULT_CACHE = Path.home() / ".cache" / "modelwright" / "oracle"
TOLERANCE = 1e-4
# The part of an integer output's elements that may differ, where they come from an argmax over floats.
ARGMAX_SLACK = {"deeplab_dilations": 1e-3, "deeplab_space_to_batch": 1e-3}

Arrays = dict[str, np.ndarray]
ROWS: pytest.StashKey[list[str]] = pytest.StashKey()


@dataclass(frozen=True, kw_only=True)
class OracleModel:
    """One model in one form (`saved_model` or `frozen`): where it is, how its ends are called, TensorFlow's answers."""

    name: str
    kind: str
    folder: Path
    meta: dict[str, Any]

    @property
    def path(self) -> Path:
        return self.folder / (self.meta["saved_model"] if self.kind == "saved_model" else self.meta["frozen"]["path"])

    @property
    def options(self) -> dict[str, Any]:
        """What the conversion is told: a frozen graph is given the names of its ends."""
        if self.kind == "saved_model":
            return {}
        frozen = self.meta["frozen"]
        return {"inputs": ",".join(frozen["inputs"]), "outputs": ",".join(frozen["outputs"])}

    @property
    def batches(self) -> list[int]:
        return self.meta["batches"]

    def reference_path(self, batch: int) -> Path:
        return self.folder / f"{'ref' if self.kind == 'saved_model' else 'frozen'}_b{batch}.npz"

    def reference(self, batch: int) -> tuple[Arrays, Arrays]:
        """Inputs and TensorFlow's outputs, by name."""
        with np.load(self.reference_path(batch)) as arrays:
            feeds = {key.removeprefix("in:"): arrays[key] for key in arrays.files if key.startswith("in:")}
            outputs = {key.removeprefix("out:"): arrays[key] for key in arrays.files if key.startswith("out:")}
        return feeds, outputs


def cache_folder() -> Path:
    return Path(os.environ.get("MODELWRIGHT_ORACLE_CACHE", str(DEFAULT_CACHE)))


@pytest.fixture
def oracle_model(name: str, kind: str) -> OracleModel:
    """The model that the test's `name` and `kind` parameters name."""
    if not (cache_folder() / "models.json").is_file():
        pytest.skip(f"no oracle models in {cache_folder()}: `make oracle` makes them")
    folder = cache_folder() / name
    return OracleModel(name=name, kind=kind, folder=folder, meta=json.loads((folder / "meta.json").read_text()))


@pytest.fixture
def torch_model(name: str) -> Path:
    """The folder of a model that PyTorch exported."""
    folder = cache_folder() / name
    if not (folder / "model.onnx").is_file():
        pytest.skip(f"no {name} in {cache_folder()}: `make oracle-torch` makes it")
    return folder


@pytest.fixture
def paddle_model(name: str, form: str) -> Path:
    """The folder of a network that Paddle saved."""
    folder = cache_folder() / "paddle" / f"{name}_{form}"
    if not (folder / "reference.npz").is_file():
        pytest.skip(f"no {folder.name} in {cache_folder()}: `make oracle-paddle` makes it")
    return folder


@pytest.fixture
def small_model(name: str, kind: str) -> OracleModel:
    """One of the small models that are committed, with answers for three samples."""
    folder = SMALL_MODELS / name
    meta = json.loads((folder / "meta.json").read_text()) | {"batches": [3]}
    return OracleModel(name=name, kind=kind, folder=folder, meta=meta)


@pytest.fixture
def oracle_names() -> dict[str, list[str]]:
    """Every model the factory knows, by family."""
    index = cache_folder() / "models.json"
    if not index.is_file():
        pytest.skip(f"no oracle models in {cache_folder()}: `make oracle` makes them")
    return json.loads(index.read_text())


@pytest.fixture(name="run_onnx")
def run_onnx_fixture() -> Callable[[Path, Arrays], Arrays]:
    """`run_onnx` for tests that feed the model themselves."""
    return run_onnx


def run_onnx(path: Path, feeds: Arrays) -> Arrays:
    """Runs a model in ONNX Runtime; names may differ from TensorFlow's by a trailing `:0`."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # By default uint8 x int8 products saturate on x86 processors without VNNI.
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    wanted = {value.name.removesuffix(":0"): value.name for value in session.get_inputs()}
    texts = {
        name: value.astype(str).astype(object) if value.dtype.kind == "S" else value for name, value in feeds.items()
    }
    named = {wanted[name.removesuffix(":0")]: value for name, value in texts.items()}
    names = [value.name for value in session.get_outputs()]
    return dict(zip(names, session.run(names, named), strict=True))


def as_text(value: np.ndarray) -> np.ndarray:
    """Byte strings as the str objects that ONNX Runtime takes and gives; other arrays as they are."""
    return value.astype(str).astype(object) if value.dtype.kind == "S" else value


def error_of(actual: np.ndarray, expected: np.ndarray) -> float:
    """Floats: largest difference over the largest expected magnitude; others: the part of the elements that differ."""
    expected = as_text(expected)
    assert (actual.shape, actual.dtype) == (expected.shape, expected.dtype)
    if expected.size == 0:
        return 0.0
    if expected.dtype.kind != "f":
        return float(np.mean(actual != expected))
    assert np.array_equal(np.isfinite(actual), np.isfinite(expected))
    finite = np.isfinite(expected)
    difference = np.abs(actual[finite].astype(np.float64) - expected[finite]).max(initial=0.0)
    return float(difference / max(np.abs(expected[finite]).max(initial=0.0), 1e-12))


@pytest.fixture
def compare(request: pytest.FixtureRequest) -> Callable[[OracleModel, Path], None]:
    """Asserts that a converted model agrees with TensorFlow on every output of every batch; adds to the table."""

    def check(model: OracleModel, path: Path, *, seconds: float = 0.0) -> None:
        worst: dict[int, float] = {}
        for batch in model.batches:
            feeds, expected = model.reference(batch)
            # An output that TensorFlow calls like an input bears the suffix `_output` in ONNX.
            results = {
                name.removesuffix(":0").removesuffix("_output"): value for name, value in run_onnx(path, feeds).items()
            }
            errors = {name: error_of(results[name.removesuffix(":0")], value) for name, value in expected.items()}
            slack = ARGMAX_SLACK.get(model.name, 0.0)
            limits = {name: TOLERANCE if value.dtype.kind == "f" else slack for name, value in expected.items()}
            assert all(errors[name] <= limits[name] for name in errors), f"batch {batch}: {errors}"
            worst[batch] = max((errors[name] for name in errors if limits[name] == TOLERANCE), default=0.0)
        if request.node.get_closest_marker("oracle_tf"):
            cells = [model.name, model.kind, *(f"{worst[batch]:.1e}" for batch in model.batches), f"{seconds:.2f}"]
            request.config.stash.setdefault(ROWS, []).append("| " + " | ".join(cells) + " |")

    return check


@pytest.fixture
def convert_and_compare(tmp_path: Path, compare: Callable[..., None]) -> Callable[..., tuple[Path, Any]]:
    """Converts a model and compares it; returns the path of the ONNX file and the report."""

    def check(model: OracleModel, **options: Any) -> tuple[Path, Any]:
        import modelwright

        path = tmp_path / f"{model.name}.onnx"
        started = time.perf_counter()
        report = modelwright.convert(model.path, path, **(model.options | options))
        compare(model, path, seconds=time.perf_counter() - started)
        return path, report

    return check


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints the table and writes it to build/oracle/results.md."""
    rows = terminalreporter.config.stash.get(ROWS, [])
    if not rows:
        return
    head = ["| model | form | largest error, batch 1 | batch 3 | seconds |", "|---|---|---|---|---|"]
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text("\n".join([*head, *rows, ""]))
    terminalreporter.section("conversions against TensorFlow: largest error over largest magnitude")
    for line in [*head, *rows]:
        terminalreporter.write_line(line)
