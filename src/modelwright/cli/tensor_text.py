"""A tensor's name, dtype, dimensions and denotations as lines of text."""

from __future__ import annotations

from modelwright.formats import TensorSpec


def tensor_lines(tensor: TensorSpec) -> list[str]:
    """A line for the tensor, and one for each dimension that has a symbolic name or a denotation."""
    lines = [str(tensor)]
    denotations = tensor.denotations or ("",) * len(tensor.shape or ())
    for axis, (dim, denotation) in enumerate(zip(tensor.shape or (), denotations, strict=True)):
        facts: list[str] = []
        if isinstance(dim, str):
            facts.append(f"dim_param {dim!r} (-f {dim}:SIZE)")
        if denotation:
            facts.append(f"denotation {denotation!r} (-F {denotation}:SIZE)")
        if facts:
            lines.append(f"  dim {axis}: {', '.join(facts)}")
    return lines
