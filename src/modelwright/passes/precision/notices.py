"""What is to be said about a model whose floats became narrower."""

from __future__ import annotations

from modelwright.diagnostics import Diagnostic, Level
from modelwright.passes.precision.narrow import Narrowed


def narrowing_notices(result: Narrowed, *, measured: bool) -> list[Diagnostic]:
    """What stayed float32 because of its numbers, and whether these could be measured."""
    notices: list[Diagnostic] = []
    near = [name for name, reason in result.kept.items() if "near" in reason or "exceeds" in reason]
    if near:
        shown = ", ".join(near[:5]) + (f" and {len(near) - 5} more" if len(near) > 5 else "")
        message = f"{len(near)} layers stay float32 because of the size of their numbers: {shown}"
        notices.append(Diagnostic(level=Level.NOTICE, message=message, stage="export"))
    if not measured:
        notices.append(
            Diagnostic(
                level=Level.WARNING,
                message="how large the numbers inside get is not known, since ONNX Runtime does not run the model",
                hint="name layers with large numbers by --fp32_layers",
                stage="export",
            )
        )
    return notices
