"""What to do next, from what the doctor found and from where the error comes from, as commands to copy."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from modelwright.quantize.doctor.finding import Finding
from modelwright.quantize.report.found import Advice, Kind, TensorRow
from modelwright.quantize.settings import QuantizeSettings

_GOOD: Final = 0.01
"""Noise over signal at an output (20 dB) up to which classes and boxes rarely change."""
_NAMED: Final = 3
_ROUNDING: Final = 2


def advice(
    rows: Sequence[TensorRow],
    findings: Sequence[Finding],
    settings: QuantizeSettings,
    *,
    command: str,
    flags: AbstractSet[str] = frozenset(),
) -> tuple[Advice, ...]:
    """What to do, the most useful first.

    Args:
        rows: The tensors in graph order.
        findings: What the doctor found.
        settings: How the model was quantized.
        command: The command that quantized it, to which flags are added; empty if there was none.
        flags: Names of the flags that the command has.
    """
    return (*_cures(findings, command), *_accuracy(rows, settings, command, flags))


def _cures(findings: Sequence[Finding], command: str) -> Iterator[Advice]:
    fixable = [item for item in findings if item.fix is not None]
    if fixable:
        said = "; ".join(item.fix.what for item in fixable if item.fix is not None)
        yield Advice(text=f"Let the doctor fix what it found: {said}.", command=_with(command, "--fix"))
    yield from (Advice(text=f"{item.message}: {item.remedy}.") for item in findings if item.fix is None)


def _accuracy(
    rows: Sequence[TensorRow], settings: QuantizeSettings, command: str, flags: AbstractSet[str]
) -> Iterator[Advice]:
    outputs = [row for row in rows if row.kind is Kind.OUTPUT]
    worst = max((row.error.snr for row in outputs), default=0.0)
    if worst <= _GOOD and not any(row.error.bad for row in outputs):
        return
    names = _culprits(rows)
    if "min_cosine" in flags and settings.min_cosine is None and settings.max_drop is None:
        yield Advice(
            text="Keep the fewest layers in float that bring the outputs near the float model's.",
            command=_with(command, "--min_cosine", "0.999"),
        )
    if "finetune_level" in flags and settings.finetune < _ROUNDING:
        yield Advice(
            text="Let the weights' rounding follow the data; it takes some minutes.",
            command=_with(command, "--finetune_level", str(_ROUNDING)),
        )
    if names:
        yield Advice(
            text=f"The layers that add most by themselves: {', '.join(names)}. In float they add nothing.",
            command=_with(command, "--ignore_op_names", ",".join([*settings.ignore_op_names, *names])),
        )


def _culprits(rows: Sequence[TensorRow]) -> list[str]:
    """Nodes with the largest error of their own."""
    made = [row for row in rows if row.alone is not None and row.op_type != "Input"]
    ranked = sorted(made, key=lambda row: -(row.alone.snr if row.alone is not None else 0.0))
    return [row.op for row in ranked[:_NAMED] if row.alone is not None and row.alone.snr > 0]


def _with(command: str, flag: str, value: str = "") -> str:
    """The command with a flag, which takes the place of one of that name."""
    words = shlex.split(command)
    if flag in words:
        place = words.index(flag)
        del words[place : place + (2 if value else 1)]
    return shlex.join([*words, flag, *([value] if value else [])]) if command else ""
