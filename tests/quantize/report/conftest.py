"""A small network, quantized, and its report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import onnx_ir as ir
import pytest

from modelwright.diagnostics import Level
from modelwright.hub.io import load
from modelwright.quantize.doctor.finding import Finding
from modelwright.quantize.prepare import prepare
from modelwright.quantize.report.compare import both_models, compare
from modelwright.quantize.report.found import Advice, Before, QuantizationReport
from modelwright.quantize.settings import QuantizeSettings
from modelwright.quantize.steps import quantize

FOLDER = Path(__file__).parents[2] / "fixtures" / "quantize" / "doctor"


class Data:
    """Batches of two smooth random pictures each."""

    def __init__(self, count: int = 8) -> None:
        steps = np.random.default_rng(5).standard_normal((count, 2, 3, 32, 32))
        self.arrays = (np.abs(steps.cumsum(3).cumsum(4)) / 40).clip(0, 1).astype(np.float32)

    def __len__(self) -> int:
        return len(self.arrays)

    def __iter__(self) -> Iterator[Mapping[str, np.ndarray]]:
        return iter([{"image": array} for array in self.arrays])


@pytest.fixture(scope="session")
def data() -> Data:
    """Eight batches."""
    return Data()


@pytest.fixture(scope="session")
def both(data: Data) -> Callable[[str], tuple[ir.Model, ir.Model]]:
    """A network of the fixtures, float and quantized."""

    def made(name: str) -> tuple[ir.Model, ir.Model]:
        model = load(FOLDER / f"{name}.onnx")
        prepare(model)
        floating = model.clone()
        quantize(model, QuantizeSettings(finetune=0), data)
        return floating, model

    return made


@pytest.fixture(scope="session")
def report(both: Callable[[str], tuple[ir.Model, ir.Model]], data: Data) -> QuantizationReport:
    """A report with everything in it, on a name that HTML would take for a tag."""
    floating, quantized = both("mobile")
    with both_models(floating, quantized) as models:
        rows, samples = compare(models, data)
    finding = Finding(
        code="MW-Q106",
        level=Level.WARNING,
        message="too few <samples>",
        evidence=("3 | 4",),
        explanation="Because",
        remedy="give more",
    )
    return QuantizationReport(
        model="<b>mobile</b>.onnx",
        samples=samples,
        method=("int8 for onnxruntime",),
        tensors=rows,
        floats=(("soft|max", "Softmax stays float"),),
        nodes=len(floating.graph),
        bytes=Before(before=4e6, after=1e6),
        milliseconds=Before(before=2.0, after=1.0),
        findings=(finding,),
        advice=(Advice(text="Do <this>", command="modelwright quantize 'a b.onnx' && true"),),
    )
