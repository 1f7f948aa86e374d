"""What a conversion finds wrong, collected so that all of it is told at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from modelwright.errors import ConversionError, UnsupportedError

_SHOWN = 3


@dataclass(slots=True, kw_only=True)
class Problems:
    """Operators without a converter, and nodes that their converters refuse.

    Attributes:
        unsupported: Operator to the names of its nodes, each once.
        faults: The refusals, each message once.
    """

    unsupported: dict[str, dict[str, None]] = field(default_factory=dict[str, dict[str, None]])
    faults: list[ConversionError] = field(default_factory=list[ConversionError])

    def __bool__(self) -> bool:
        return bool(self.unsupported or self.faults)

    def add(self, fault: ConversionError) -> None:
        """Remembers a refusal; a function converted twice tells it twice."""
        if all(fault.message != known.message for known in self.faults):
            self.faults.append(fault)

    def add_unsupported(self, op_type: str, node: str) -> None:
        """Remembers a node whose operator has no converter."""
        self.unsupported.setdefault(op_type, {})[node] = None

    def raise_all(self) -> None:
        """Raises everything found wrong as one error; a single refusal as it is.

        Raises:
            ConversionError: One node was refused.
            UnsupportedError: There is more; its items name operators, nodes and remedies.
        """
        if not self:
            return
        if not self.unsupported and len(self.faults) == 1:
            raise self.faults[0]
        items = [
            f"{op_type} ({_counted(nodes)}): {_named(nodes)}" for op_type, nodes in sorted(self.unsupported.items())
        ]
        items += [f"{fault.message}; {fault.hint}" if fault.hint else fault.message for fault in self.faults]
        kinds = len(self.unsupported)
        what = f"{kinds} operator type{'s' * (kinds > 1)} not supported" if kinds else "nodes that cannot be converted"
        raise UnsupportedError(
            f"the model has {what}:",
            items=items,
            nodes=[(op_type, name) for op_type, names in self.unsupported.items() for name in names],
            hint="cut the graph before these nodes with --outputs, or pass them through: "
            "--custom-ops Op:domain for chosen ones, --continue_on_error for all",
        )


def _counted(nodes: dict[str, None]) -> str:
    return f"{len(nodes)} node{'s' * (len(nodes) > 1)}"


def _named(nodes: dict[str, None]) -> str:
    return ", ".join(list(nodes)[:_SHOWN]) + ", ..." * (len(nodes) > _SHOWN)
