"""Names of tensors and of operators, gathered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modelwright.frontends.paddle.model import Joined, Operand, PaddleBlock


def listed(unsupported: Mapping[str, Mapping[str, None]]) -> list[str]:
    """Operators without a converter, a line each."""
    return [
        f"{name} ({len(tensors)} operator{'s' * (len(tensors) > 1)}): "
        f"{', '.join(list(tensors)[:3])}{', ...' * (len(tensors) > 3)}"
        for name, tensors in sorted(unsupported.items())
    ]


def names_read(block: PaddleBlock) -> list[str]:
    """Names that a block and the blocks in it read."""
    found = operand_names(block.results)
    for operator in block.operators:
        found += operand_names(operator.inputs)
        for body in operator.blocks:
            found += names_read(body)
    return found


def operand_names(operands: Sequence[Operand]) -> list[str]:
    """Names of the tensors that operands stand for."""
    found: list[str] = []
    for item in operands:
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, tuple):
            found.extend(item)
        elif isinstance(item, Joined):
            found.extend(item.names)
    return found
