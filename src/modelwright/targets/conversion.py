"""What modelwright's own writer for a target says of a model: the nodes that a conversion would refuse."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import onnx_ir as ir

from modelwright.diagnostics import Refusal
from modelwright.hub.builder import SOURCE_KEY
from modelwright.hub.subgraphs import all_nodes
from modelwright.targets.causes import Cause, Code, Evidence

_NO_OPERATOR: Final = ("no built-in operators", "no such operator")
_MARK: Final = re.compile(r"#(\d+)#")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What came of converting a model.

    Attributes:
        by_node: Refusals by number of the node in network order.
        of_model: Refusals that are about no node.
    """

    by_node: Mapping[int, tuple[Refusal, ...]]
    of_model: tuple[Refusal, ...] = ()


def marked_copy(model: ir.Model) -> ir.Model:
    """A copy whose nodes are named by their numbers, so that refusals tell which node they are about."""
    copy = model.clone()
    for number, node in enumerate(all_nodes(copy.graph)):
        node.meta[SOURCE_KEY] = f"#{number}#"
    return copy


def conversion_of(refusals: Sequence[Refusal]) -> Conversion:
    """What a writer said of a marked copy."""
    found: dict[int, tuple[Refusal, ...]] = {}
    rest: list[Refusal] = []
    for refusal in refusals:
        mark = _MARK.search(refusal.node) or _MARK.search(refusal.reason)
        if mark is None:
            rest.append(refusal)
        else:
            found[int(mark[1])] = (*found.get(int(mark[1]), ()), refusal)
    return Conversion(by_node=found, of_model=tuple(rest))


def conversion_causes(conversion: Conversion, index: int) -> list[Cause]:
    """What the conversion says of a node."""
    refusals = conversion.by_node.get(index, ())
    if not refusals:
        return [Cause(code=Code.OK, message="the conversion writes it", evidence=Evidence.TRIAL)]
    return [_cause(refusal) for refusal in refusals]


def model_causes(conversion: Conversion) -> list[Cause]:
    """What the conversion says of the model as a whole."""
    return [_cause(refusal) for refusal in conversion.of_model]


def conversion_phrase(conversion: Conversion, label: str, count: int) -> str:
    """What the verdicts rest on."""
    refused = len(conversion.by_node)
    what = f"refuses {refused} of {count} nodes" if refused else "takes every node"
    return f"by conversion: modelwright's own writer of {label} {what}"


def _cause(refusal: Refusal) -> Cause:
    unknown = any(phrase in refusal.reason for phrase in _NO_OPERATOR)
    code = Code.TYPE_UNSUPPORTED if unknown else Code.PARAMETER_INVALID
    return Cause(
        code=code,
        message=_MARK.sub("", refusal.reason).replace(" ''", ""),
        remedy=refusal.hint or "change the layer in the model, or leave it to the application",
        evidence=Evidence.TRIAL,
    )
