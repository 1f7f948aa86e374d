"""Trained networks and pictures prepared as they want them, for tests of the doctor."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

import numpy as np
import onnx_ir as ir
import pytest

from modelwright.hub.io import load
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.examine import diagnose, examine
from modelwright.quantize.doctor.finding import Finding
from modelwright.quantize.doctor.session import opener
from modelwright.quantize.session import ModelRuns

FOLDER = Path(__file__).parents[2] / "fixtures" / "quantize" / "doctor"
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


class Samples:
    """Batches of one picture each."""

    def __init__(self, array: np.ndarray, name: str = "image") -> None:
        self.array = array
        self.name = name

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[Mapping[str, np.ndarray]]:
        return iter([{self.name: self.array[at : at + 1]} for at in range(len(self.array))])


def _scenes() -> ModuleType:
    spec = importlib.util.spec_from_file_location("doctor_scenes", FOLDER / "scenes.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def pictures() -> np.ndarray:
    """32 pictures in RGB, uint8 (32, 32, 32, 3)."""
    return _scenes().scenes(32, seed=77)[0]


@pytest.fixture(scope="session")
def prepared(pictures: np.ndarray) -> Callable[..., np.ndarray]:
    """Pictures prepared in one of the ways of the wild: float32 NCHW."""

    def prepare(way: str, count: int = 32) -> np.ndarray:
        x = pictures[:count].astype(np.float64)
        if way == "imagenet":
            x = (x / 255 - MEAN) / DEVIATION
        elif way == "unit":
            x = x / 255
        elif way == "signed":
            x = x / 127.5 - 1
        elif way == "bgr":
            x = x[..., ::-1] - np.array([104.0, 117.0, 124.0])
        else:
            assert way == "bytes"
        return np.ascontiguousarray(x.transpose(0, 3, 1, 2), dtype=np.float32)

    return prepare


WANTED = {"residual": "imagenet", "mobile": "unit", "plain": "bgr", "silu": "signed"}
"""How each network wants its pictures."""


@pytest.fixture(params=sorted(WANTED))
def network(request: pytest.FixtureRequest) -> str:
    """Every network in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def model() -> Callable[[str], ir.Model]:
    """A trained network of the fixtures."""
    return lambda name: load(FOLDER / f"{name}.onnx")


@pytest.fixture(scope="session")
def wanted() -> Mapping[str, str]:
    """How each network wants its pictures."""
    return WANTED


@pytest.fixture(scope="session")
def samples() -> type[Samples]:
    """Feeds of one picture each."""
    return Samples


@pytest.fixture(scope="session")
def evidence_of() -> Callable[..., Evidence]:
    """Examines a model with an array of pictures; what is lazy is looked at by then."""

    def examined(model: ir.Model, array: np.ndarray, *, name: str = "image", **more: object) -> Evidence:
        with ModelRuns(model) as runs:
            evidence = examine(model, Samples(array, name), opener(runs), **more)  # type: ignore[arg-type]
            diagnose(evidence)
        return evidence

    return examined


@pytest.fixture(scope="session")
def codes(evidence_of: Callable[..., Evidence]) -> Callable[..., list[str]]:
    """The codes of what is found with a model and an array of pictures."""

    def found(model: ir.Model, array: np.ndarray, **more: object) -> list[str]:
        return [item.code for item in diagnose(evidence_of(model, array, **more))]

    return found


@pytest.fixture(scope="session")
def findings(evidence_of: Callable[..., Evidence]) -> Callable[..., tuple[Finding, ...]]:
    """What is found with a model and an array of pictures."""

    def found(model: ir.Model, array: np.ndarray, **more: object) -> tuple[Finding, ...]:
        return diagnose(evidence_of(model, array, **more))

    return found
