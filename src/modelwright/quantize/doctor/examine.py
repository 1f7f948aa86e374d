"""Gathers what the checks look at, and lets them look."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.diagnostics import Level
from modelwright.hub.shapes import Shapes
from modelwright.quantize.doctor.check import Check, checks
from modelwright.quantize.doctor.checks.already_quantized import QUANTIZED
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.finding import Finding
from modelwright.quantize.doctor.input_facts import InputWatch, samples_of
from modelwright.quantize.doctor.landmarks import landmarks
from modelwright.quantize.doctor.session import Open
from modelwright.quantize.doctor.tensor_facts import TensorFacts
from modelwright.quantize.doctor.trials import Trials, Witness
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.settings import QuantizeSettings

_LEVELS: Final = (Level.ERROR, Level.WARNING, Level.NOTICE, Level.INFO)
_SAMPLES: Final = 64
_BUDGET: Final = 256 << 20
_UNKNOWN: Final = 1 << 22
_SHAPES: Final = ("Shape", "Size")


_SCALES: Final = ("MW-Q201", "MW-Q202", "MW-Q203", "MW-Q206")
_DATA: Final = ("MW-Q103", "MW-Q104", "MW-Q105", "MW-Q106", "MW-Q107", "MW-Q109", *_SCALES)
_HIDES: Final = {
    "MW-Q108": ("MW-Q102", *_DATA),
    "MW-Q102": _DATA,
    "MW-Q101": ("MW-Q103", "MW-Q104", "MW-Q105", "MW-Q109", *_SCALES),
    "MW-Q104": ("MW-Q101", "MW-Q103", "MW-Q105", "MW-Q109", *_SCALES),
    "MW-Q103": ("MW-Q105", "MW-Q109", *_SCALES),
    "MW-Q105": ("MW-Q109",),
}
"""What follows from a fault that was found: it is not looked for, and less than an error is not said. What hides others
stands before them, but for noise: of pictures in another layout some look like it."""


def diagnose(evidence: Evidence) -> tuple[Finding, ...]:
    """What the checks find, the gravest first, then by code; what follows from a graver fault is left out."""
    found: list[Finding] = []
    hidden: set[str] = set()
    for item in sorted(checks(), key=_order):
        if item.code in hidden:
            continue
        new = list(item.function(evidence))
        found.extend(new)
        if any(finding.level is Level.ERROR or finding.code == "MW-Q105" for finding in new):
            hidden.update(_HIDES.get(item.code, ()))
    left = [finding for finding in found if finding.level is Level.ERROR or finding.code not in hidden]
    return tuple(sorted(left, key=lambda finding: (_LEVELS.index(finding.level), finding.code)))


def _order(item: Check) -> int:
    """Checks that hide others first."""
    order = list(_HIDES)
    return order.index(item.code) if item.code in _HIDES else len(order)


def watch(feeds: Iterable[Mapping[str, np.ndarray]]) -> InputWatch:
    """Looks at data without a network."""
    seen = InputWatch()
    for batch in feeds:
        seen.add(batch)
    return seen


def with_trials(evidence: Evidence, witness: Witness) -> Evidence:
    """Evidence with the network as a witness, for every input that is an image.

    Args:
        evidence: Of a model and data.
        witness: The network.
    """
    facts = list(evidence.data.facts.values())
    count = min((len(item.kept) for item in facts), default=0)
    samples = [{item.name: item.kept[place] for item in facts} for place in range(count)]
    trials = {
        item.name: Trials(samples, item.name, item.axes, witness)
        for item in facts
        if item.axes is not None and item.is_float
    }
    return dataclasses.replace(evidence, trials=trials)


def examine(
    model: ir.Model,
    feeds: Feeds,
    run: Open,
    *,
    settings: QuantizeSettings | None = None,
    reference: Feeds | None = None,
    witness: Witness | None = None,
) -> Evidence:
    """Runs the float model over the data and looks at inputs and tensors.

    Args:
        model: The float model; a quantized one is not run.
        feeds: The calibration data; of the tensors, the first 64 samples are looked at.
        run: Opens the model.
        settings: How it is to be quantized.
        reference: Data known to be right.
        witness: The network as it was before optimization; the model itself if None.
    """
    evidence = Evidence(
        model=model,
        settings=settings or QuantizeSettings(),
        data=watch(feeds),
        reference=None if reference is None else watch(reference),
    )
    if any(node.op_type in QUANTIZED for node in model.graph):
        return evidence
    evidence = dataclasses.replace(evidence, tensors=_tensors(model, feeds, run))
    return with_trials(evidence, witness or Witness(places=landmarks(model), run=run))


def _tensors(model: ir.Model, feeds: Feeds, run: Open) -> dict[str, TensorFacts]:
    found: dict[str, TensorFacts] = {}
    for names in _groups(model):
        runner = run(names)
        seen = {name: TensorFacts(name=name) for name in names}
        for sample in _first(feeds):
            for name, array in runner(sample).items():
                seen[name].add(array)
        found |= seen
    return found


def _first(feeds: Feeds) -> Iterator[Mapping[str, np.ndarray]]:
    """The first samples, one by one."""
    count = 0
    for batch in feeds:
        for sample in samples_of(batch):
            if count >= _SAMPLES:
                return
            count += 1
            yield sample


def _groups(model: ir.Model) -> Iterator[list[str]]:
    """Float tensors that nodes make, in groups that fit into the memory set aside."""
    shapes = Shapes(model.opset_imports.get("", 1))
    group: list[str] = []
    total = 0
    for value in _depending(model):
        if shapes.dtype(value) is not ir.DataType.FLOAT:
            continue
        size = _bytes(shapes.shape(value))
        if group and total + size > _BUDGET:
            yield group
            group, total = [], 0
        group.append(value.name or "")
        total += size
    if group:
        yield group


def _depending(model: ir.Model) -> Iterator[ir.Value]:
    """Values with a name that depend on the numbers in the model's inputs, not on their shapes alone."""
    known = {value for value in model.graph.inputs if value.const_value is None}
    for node in model.graph:
        if node.op_type not in _SHAPES and any(value in known for value in node.inputs if value is not None):
            known.update(node.outputs)
            yield from (value for value in node.outputs if value.name)


def _bytes(shape: Sequence[int | str | None] | None) -> int:
    """Bytes of one sample's tensor; sizes that are open count as 1, shapes that are unknown as 4 MiB."""
    if shape is None:
        return _UNKNOWN
    return 4 * int(np.prod([size if isinstance(size, int) else 1 for size in shape], dtype=np.int64))
