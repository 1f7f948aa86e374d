"""Placement rules: what a target computes in integers, what it fuses and what must share a scale, as data."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Literal

from modelwright.errors import unknown_name
from modelwright.quantize.settings import Scheme

FOLDER: Final = Path(__file__).parent / "placement_rules"


class Part(StrEnum):
    """What an operator is to an engine.

    Attributes:
        PRODUCT: Sums of products of activations and weights; what an engine is quantized for.
        COMPUTE: Other arithmetic with a kernel on integers; worth it between neighbours that have integers.
        SHARE: Moves or selects numbers; integers pass unchanged, with one scale before and after.
        TAIL: Done with the node before it at no cost; no integers between the two.
    """

    PRODUCT = "product"
    COMPUTE = "compute"
    SHARE = "share"
    TAIL = "tail"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorRule:
    """What a target makes of an operator of ONNX's default domain.

    Attributes:
        role: What it is to the engine.
        inputs: Positions of the activations; ``"all"`` for every input.
        weight: Position of the weight of a product.
        bias: Position of its bias.
        output: ``"always"`` where the engine computes in integers only if the result is integers too; ``"inside"``
            where that is so but a result behind which no product comes, one of the network's last, is left float;
            ``"wanted"`` where the result is quantized only for readers that take integers.
        two_activations: Whether a product takes an activation in place of the weight.
        per_channel: Whether the weight may have a scale for every channel.
        follows: For a tail: operators that it is fused with.
        bias_of: Operators whose bias it is when it adds a constant vector.
        delicate: Whether it stays float from precision level 1 on.
        fixed: Scale and zero point (of int8) that the engine demands of the output.
    """

    role: Part
    inputs: tuple[int, ...] | Literal["all"] = ()
    weight: int | None = None
    bias: int | None = None
    output: Literal["always", "inside", "wanted"] = "wanted"
    two_activations: bool = False
    per_channel: bool = True
    follows: tuple[str, ...] = ()
    bias_of: tuple[str, ...] = ()
    delicate: bool = False
    fixed: tuple[float, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRules:
    """How one target wants a model quantized.

    Attributes:
        label: The target as people read it.
        origin: Where the facts come from.
        activations: How activations become integers.
        weights: How weights become integers.
        pairs: Whether some of its processors add two products of 8 bits in 16, so that int8 weights must leave room.
        bias: ``int32`` with the product of both scales, or ``float``.
        operators: By operator type.
    """

    label: str
    origin: str
    activations: Scheme
    weights: Scheme
    pairs: bool = False
    bias: Literal["int32", "float"] = "int32"
    operators: Mapping[str, OperatorRule] = field(default_factory=dict[str, OperatorRule])


def rules_names() -> tuple[str, ...]:
    """The targets that there are rules for, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@functools.cache
def rules_named(target: str) -> TargetRules:
    """The rules of a target.

    Raises:
        UnknownNameError: There are none of that name.
    """
    if target not in rules_names():
        raise unknown_name("quantization target", target, rules_names())
    data = tomllib.loads((FOLDER / f"{target}.toml").read_text(encoding="utf-8"))
    schemes = {key: Scheme(**data.pop(key)) for key in ("activations", "weights")}
    operators = {name: _rule(row) for name, row in data.pop("operators").items()}
    return TargetRules(operators=operators, **schemes, **data)


def _rule(row: dict[str, Any]) -> OperatorRule:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    fields["role"] = Part(fields["role"])
    return OperatorRule(**fields)
