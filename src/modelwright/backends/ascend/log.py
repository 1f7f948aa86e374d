"""What the compiler's log says: success or not, and its error codes as errors of ours, in the source's names."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

from modelwright.backends.ascend.settings import Tool
from modelwright.errors import (
    ConversionError,
    ModelwrightError,
    ToolError,
    ToolMissingError,
    UnsupportedError,
    UsageError,
)
from modelwright.workers.protocol import log_tail

SUCCESS: Final = {
    Tool.ATC: "ATC run success",
    Tool.OMG: "OMG generate offline model success",
    Tool.LITE: "CONVERT RESULT SUCCESS:0",
}
_CODE: Final = re.compile(
    r"^\s*(?P<code>[EW][A-Z0-9]\d{4}):\s*(?:\[PID:\s*\d+\]\s*)?(?:\d{4}-\d\d-\d\d-[\d:.]+\s*)?(?P<text>.*)$",
    re.MULTILINE,
)
_LITE_FAILED: Final = re.compile(r"^(CONVERT RESULT FAILED:.*)$", re.MULTILINE)
_SECTION: Final = re.compile(r"^\s*(Possible Cause|Solution|TraceBack)\b[^:]*:?\s*(.*)$", re.IGNORECASE)
_OPERATORS: Final = (
    re.compile(r"\bOp\s*\[(?P<name>[^\[\]]+?)\s*,\s*optype\s*\[(?P<type>[^\]]+)\]", re.IGNORECASE),
    re.compile(r"\[(?P<name>[^\[\]]+?)\]\s*,\s*optype\s*\[(?P<type>[^\]]+)\]", re.IGNORECASE),
    re.compile(r"\b(?:op|node|layer|operator)(?:[ _]?name)?\s*[\[:]\s*(?P<name>[^\],\s]+)\]?(?P<type>)", re.IGNORECASE),
)
_KINDS: Final[dict[str, type[ModelwrightError]]] = {
    "arguments": UsageError,
    "unsupported": UnsupportedError,
    "model": ConversionError,
    "file": ToolError,
    "environment": ToolMissingError,
    "internal": ToolError,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of an error code: title, kind and remedy."""

    title: str
    kind: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One error or warning of a log.

    Attributes:
        code: The compiler's code, ``E10016``.
        text: Its sentence.
        solution: What it advises; empty when nothing.
        node: The operator it names, in the source's terms; empty when none.
        op_type: That operator's type; empty when unknown.
    """

    code: str
    text: str
    solution: str = ""
    node: str = ""
    op_type: str = ""

    @property
    def known(self) -> Known:
        """What our table says of the code."""
        return known_code(self.code)


@functools.cache
def _table() -> dict[str, Known]:
    text = resources.files(__package__ or __name__).joinpath("error_codes.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return {code: Known(title=title, kind=kind, remedy=remedy) for code, title, kind, remedy in rows}


def known_code(code: str) -> Known:
    """What is known of a code; one that is not listed is an inner error of the compiler."""
    return _table().get(code, Known(title="Error of the compiler", kind="internal", remedy="see the whole log"))


def succeeded(tool: Tool, log: str) -> bool:
    """Whether the log has the line that says so."""
    return SUCCESS[tool] in log


def findings(log: str, names: Mapping[str, str]) -> tuple[Finding, ...]:
    """Errors and warnings of a log, each once, in order.

    Args:
        log: The whole log.
        names: The source's name of each of the model's nodes, where it is another one.
    """
    found: list[Finding] = []
    matches = list(_CODE.finditer(log))
    for index, match in enumerate(matches):
        end = matches[index + 1].start() if index + 1 < len(matches) else len(log)
        item = _finding(match["code"], match["text"].strip(), log[match.end() : end], names)
        if item not in found:
            found.append(item)
    return tuple(found)


def _finding(code: str, text: str, rest: str, names: Mapping[str, str]) -> Finding:
    node, op_type = _operator(text)
    if not node and known_code(code).kind != "arguments":
        node, op_type = _operator(rest)
    return Finding(code=code, text=text, solution=_solution(rest), node=names.get(node, node), op_type=op_type)


def _operator(text: str) -> tuple[str, str]:
    for pattern in _OPERATORS:
        match = pattern.search(text)
        if match is not None:
            return match["name"].strip(), match["type"].strip()
    return "", ""


def _solution(rest: str) -> str:
    """The lines under ``Solution:``."""
    lines: list[str] = []
    inside = False
    for line in rest.splitlines():
        section = _SECTION.match(line)
        if section is not None:
            inside = section[1].lower() == "solution"
            line = section[2]
        if inside and line.strip():
            lines.append(line.strip())
    return " ".join(lines)


def failure(tool: Tool, log: str, code: int, names: Mapping[str, str]) -> ModelwrightError:
    """The error for a compilation that failed.

    Args:
        tool: The compiler.
        log: Its log.
        code: Its exit code.
        names: The source's name of each node, where it is another one.
    """
    errors = [item for item in findings(log, names) if item.code.startswith("E")]
    lite = _LITE_FAILED.search(log)
    if not errors and lite is not None:
        return ToolError(f"{tool}: {lite[1].strip()}{log_tail(log)}", hint="the log is all it printed")
    if not errors:
        return ToolError(
            f"{tool} ended with exit code {code} and says no reason{log_tail(log)}", hint="the log is all it printed"
        )
    refused = [item for item in errors if item.known.kind == "unsupported"]
    if refused:
        return _unsupported(tool, refused)
    telling = [item for item in errors if item.text.strip(" !.").lower() != "inner error"] or errors
    first = next((item for item in telling if item.known.kind != "internal"), telling[0])
    kind = _KINDS[first.known.kind]
    more = f" (and {len(errors) - 1} more in its log)" if len(errors) > 1 else ""
    return kind(f"{tool} {first.code}: {first.text}{more}", hint=_remedy(first), node=first.node)


def _unsupported(tool: Tool, refused: Sequence[Finding]) -> UnsupportedError:
    items = [
        f"{item.node or 'an operator'}{f' ({item.op_type})' if item.op_type else ''}: {item.text} [{item.code}]"
        for item in refused
    ]
    return UnsupportedError(
        f"{tool} does not take {len(refused)} operator{'s' * (len(refused) != 1)}",
        hint=_remedy(refused[0]),
        node=refused[0].node,
        items=items,
        nodes=[(item.op_type, item.node) for item in refused],
    )


def _remedy(finding: Finding) -> str:
    known = finding.known.remedy
    return f"{known}; {finding.solution}" if known and finding.solution else known or finding.solution
