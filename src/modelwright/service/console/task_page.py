"""What a task's page shows, taken from the task and its artifacts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel, Field, ValidationError

from modelwright.quantize.report.data import SUFFIX as DATA_SUFFIX
from modelwright.service.console.command_text import command_of
from modelwright.service.console.error_chart import Compared, ErrorChart, error_chart
from modelwright.service.console.layer_chart import LayerCharts, read_layers
from modelwright.service.console.log_view import LEVELS, log_tail, stage_lines
from modelwright.service.console.model_files import result_models, source_models
from modelwright.service.console.quantization_chart import QuantizationCharts, quantization_charts, read_measured
from modelwright.service.console.recipes import report_name
from modelwright.service.console.stage_bar import WIDTH, segments
from modelwright.service.console.task_files import read_artifact
from modelwright.service.console.visit import Visit
from modelwright.service.tasks.schemas import Task

_Found = TypeVar("_Found", bound=BaseModel)
_MOST_DATA: Final = 32 << 20
_SHOWN_OPERATORS: Final = 12
_PER_LAYER: Final = "per_layer"
"""The setting that asks for the tensors inside."""


class TensorFacts(BaseModel):
    """An input or output."""

    name: str
    dtype: str | None
    shape: list[int | str | None] | None


class ModelFacts(BaseModel):
    """What the report says of the source or of the result."""

    format: str
    inputs: list[TensorFacts]
    outputs: list[TensorFacts]
    operators: dict[str, int]
    parameters: int
    file_bytes: int
    opsets: dict[str, int] = Field(default_factory=dict[str, int])

    @property
    def nodes(self) -> int:
        """The number of nodes."""
        return sum(self.operators.values())

    @property
    def frequent(self) -> list[tuple[str, int]]:
        """The most frequent operators."""
        return list(self.operators.items())[:_SHOWN_OPERATORS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a conversion gave, so far as it is known.

    Attributes:
        models: The source and the result, by these names.
        compared: How they compared.
        errors: The chart of that.
        layers: The charts of the tensors inside, where these were compared.
        quantization: The charts of what quantization did.
        latency: Median time of one run of the result in milliseconds.
        memory: Peak memory of the conversion in bytes.
    """

    models: dict[str, ModelFacts]
    compared: Compared | None
    errors: ErrorChart | None
    layers: LayerCharts | None
    quantization: QuantizationCharts | None
    latency: float | None
    memory: int | None


def page_values(visit: Visit, task: Task) -> dict[str, Any]:
    """All that the page speaks of."""
    return {
        **status_values(visit, task),
        **outcome_values(visit, task),
        "command": command_of(task, visit.context.settings.interpreters),
        "log": log_tail(visit, task),
        "levels": LEVELS,
    }


def status_values(visit: Visit, task: Task) -> dict[str, Any]:
    """What changes while the task is not over."""
    lines = () if task.stages else stage_lines(visit, task)
    return {"task": task, "seen": seen(task), "segments": segments(task, lines), "bar_width": WIDTH}


def outcome_values(visit: Visit, task: Task) -> dict[str, Any]:
    """What is there when the task is over."""
    return {
        "task": task,
        "outcome": outcome(visit, task),
        "has_recipe": report_name(task) is not None,
        "source_models": source_models(visit, task),
        "result_models": result_models(task),
    }


def seen(task: Task) -> str:
    """What a page knows of a task's state, as a text that it sends back."""
    return f"{task.status.value}.{task.run}"


def outcome(visit: Visit, task: Task) -> Outcome:
    """What the task's summary and the quantization report say."""
    summary = task.summary
    compared = _checked(Compared, summary.get("verification"))
    models = {name: _checked(ModelFacts, summary.get(key)) for name, key in _SIDES}
    measured = summary.get("measured") or {}
    return Outcome(
        models={name: facts for name, facts in models.items() if facts is not None},
        compared=compared,
        errors=error_chart(compared) if compared is not None and compared.outputs else None,
        layers=_layers(visit, task),
        quantization=_quantization(visit, task),
        latency=measured.get("latency_ms"),
        memory=measured.get("peak_memory_bytes"),
    )


_SIDES: Final = (("source", "source"), ("result", "artifact"))


def _quantization(visit: Visit, task: Task) -> QuantizationCharts | None:
    for name in _names(task):
        data = read_artifact(visit, task, name, _MOST_DATA)
        measured = read_measured(data) if data is not None else None
        if measured is not None:
            return quantization_charts(measured)
    return None


def _layers(visit: Visit, task: Task) -> LayerCharts | None:
    name = report_name(task) if task.settings.get(_PER_LAYER, "false") != "false" else None
    data = read_artifact(visit, task, name, _MOST_DATA) if name is not None else None
    return None if data is None else read_layers(data)


def _names(task: Task) -> Iterator[str]:
    yield from (item.name for item in task.artifacts if item.name.endswith(DATA_SUFFIX))


def _checked(kind: type[_Found], data: Any) -> _Found | None:
    if data is None:
        return None
    try:
        return kind.model_validate(data)
    except ValidationError:
        return None
