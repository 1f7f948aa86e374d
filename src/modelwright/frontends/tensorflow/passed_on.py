"""What was passed on as custom operators because it could not be converted and the user asked to go on."""

from __future__ import annotations

from dataclasses import dataclass, field

from modelwright.diagnostics import Diagnostic, Level
from modelwright.errors import ConversionError


@dataclass(slots=True, kw_only=True)
class PassedOn:
    """Nodes that became custom operators.

    Attributes:
        domain: Their domain.
        types: Names of the nodes of each operator type that is not supported.
        failed: Type and reason of each node whose conversion failed, by its name.
    """

    domain: str
    types: dict[str, dict[str, None]] = field(default_factory=dict[str, dict[str, None]])
    failed: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    def add_unsupported(self, op_type: str, node: str) -> None:
        """Notes a node whose type is not supported."""
        self.types.setdefault(op_type, {})[node] = None

    def add_failed(self, op_type: str, node: str, reason: ConversionError) -> None:
        """Notes a node that could not be converted."""
        self.failed[node] = (op_type, reason.message)

    def warnings(self) -> tuple[Diagnostic, ...]:
        """One warning for each type that is not supported, naming its nodes, and one for each node that failed."""
        texts = [
            f"{op_type} is not supported and became {self.domain}::{op_type}: {', '.join(nodes)}"
            for op_type, nodes in sorted(self.types.items())
        ]
        texts += [f"{reason}; it became the custom operator {self.domain}::{op}" for op, reason in self.failed.values()]
        hint = "the result runs only where these operators are known"
        return tuple(Diagnostic(level=Level.WARNING, message=text, stage="import", hint=hint) for text in texts)
