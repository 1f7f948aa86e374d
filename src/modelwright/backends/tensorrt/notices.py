"""What is to be said about a build."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from modelwright.backends.tensorrt.build import Refusal
from modelwright.backends.tensorrt.cut import Parts
from modelwright.diagnostics import Diagnostic, Level
from modelwright.errors import ConversionError

_TURING = "Turing (SM75): FP32"
"""Of products in float32, for which TensorRT-RTX has no kernels on that GPU."""


def no_engine(framework: str, refusals: Sequence[Refusal]) -> ConversionError:
    """The error for a model that is parsed and not built."""
    reasons = "; ".join(item.reason for item in refusals)
    hint = "fix the sizes of the inputs, or try --optimization_level 0"
    if _TURING in reasons:
        hint = "leave 7.5 out of --compute_capability, or give --precision fp16"
    return ConversionError(f"{framework} took the model but builds no engine: {reasons}", hint=hint)


def cut_notice(parts: Parts, rest: Path, refusals: tuple[Refusal, ...]) -> Diagnostic:
    """What went to the model beside the engine."""
    order = "after" if parts.engine_first else "before"
    names = ", ".join(f"{item.operator} {item.node!r}" for item in refusals[:5])
    return Diagnostic(
        level=Level.NOTICE,
        message=f"{names} cannot be in an engine: {parts.nodes[1]} nodes are in {rest.name}, which runs {order} the "
        f"engine ({parts.nodes[0]} nodes)",
        stage="export",
    )


def lost_notice(flags: tuple[str, ...]) -> Diagnostic:
    """What was asked for and cannot be said to ``trtexec``."""
    return Diagnostic(
        level=Level.WARNING, message=f"trtexec has no switch for {', '.join(flags).lower()}", stage="export"
    )
