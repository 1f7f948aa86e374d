"""From an engine's own words to a numbered cause."""

from __future__ import annotations

import re
from typing import Final

from modelwright.targets.causes import Code
from modelwright.targets.trial.batch import CRASH, LIMIT, Outcome

_NEWER: Final = "{} {{0}} is newer than {{1}}, the newest it reads"
_TYPE, _DTYPE = Code.TYPE_UNSUPPORTED, Code.DTYPE
_ROWS: Final = (
    (r"Unsupported model IR version: (\d+), max supported IR version: (\d+)", Code.OPSET, _NEWER.format("IR version")),
    (r"Opset (\d+) is under development.*?till opset (\d+)", Code.OPSET, _NEWER.format("opset")),
    (r"Fatal error: (\S+?)\(-?\d+\) is not a registered function/op", _TYPE, "it has no operator {0}"),
    (r"No Op registered for (\S+) with domain_version of (\d+)", _TYPE, "it has no operator {0} at opset {1}"),
    (r"Could not find an implementation for (\S+?)\(\d+\) node", _DTYPE, "it has no kernel for {0} with these dtypes"),
    (r"Failed to find kernel for (\S+?)\(\d+\)", _DTYPE, "it has no kernel for {0} with these dtypes"),
    (r"Unrecognized attribute: (\S+) for operator (\S+)", Code.PARAMETER_INVALID, "{1} has no attribute {0}"),
    (r"Type Error: (Type '.*?' of (?:input|output) parameter .*?) of operator", _DTYPE, "{0} is not allowed"),
    (r"No importer registered for op: (\S+?)\.?(?:\s|$)", _TYPE, "it has no operator {0}"),
    (r"^false$", _TYPE, "it does not have this operator"),
    (
        r"[Pp]lugin.* not found|failed to load (\S+) plugin|getPluginCreatorVersion",
        _TYPE,
        "it has no such operator, and no plugin for it",
    ),
    (
        r"convertDtype\(|Unsupported data type for the Cast|unsupported input type|HW-specific datatypes",
        _DTYPE,
        "it does not have one of these dtypes",
    ),
    (r"-- (\S+?)-\d+ with a message: (.*)", Code.PARAMETER_INVALID, "it does not take {0} in this form: {1}"),
    (r"\S+ has no runners that implement it", _TYPE, "it has no kernel for this operator"),
    (r"(\S+) operation was not supported by a dedicated kernel", _TYPE, "it has no kernel for {0} in this form"),
    (r"Unsupported type$|unsupported src_prc", _DTYPE, "it does not have one of these dtypes"),
    (r"ONNX operations?: *([\w.:]+)", _TYPE, "it has no operator {0}"),
    (
        r"doesn't have (?:a )?translator|No conversion rule found for operations?:? (\S+)",
        _TYPE,
        "it has no such operator",
    ),
)
"""Phrases of ONNX Runtime, TensorRT's parser and builder, and OpenVINO, what each is about, and what to say."""

_PATTERNS: Final = tuple((re.compile(pattern), code, phrase) for pattern, code, phrase in _ROWS)
_KINDS: Final = {"UNSUPPORTED_NODE_DATATYPE": Code.DTYPE}
_NOISE: Final = re.compile(
    r"^\[ONNXRuntimeError\] : \d+ : \w+ : |Load model from .*? failed:|Exception during initialization: "
    r"|(?:/\S+/)?\w+\.(?:cc|h|cpp|hpp):\d+:? (?:[^()]*\([^()]*\)(?: const)?(?: \[with [^\]]*\])?(?:::<lambda\(\)>)? )?"
    r"|Non-zero status code returned while running \S+ node\. Name:'.*?' Status Message: |This is an invalid model\. "
    r"|Exception from \S+:\d+: ?|Check '.*?' failed at \S+:\d+: ?|\S+ was false\. |\w+ == \w+ was false\. "
)
_ASSERTION: Final = re.compile(r'&& "(.*)"$|^Assertion failed: .*?: (?=[A-Z])(.*)$')
"""What an assertion of TensorRT's parser says to people, behind the condition."""

_LONGEST: Final = 300


def is_file_version(outcome: Outcome) -> bool:
    """Whether the engine refuses the file's IR version, which says nothing about the nodes in it."""
    return "Unsupported model IR version" in outcome.message


def explain(outcome: Outcome) -> tuple[Code, str]:
    """The cause's code and a sentence about it.

    Args:
        outcome: A refusal.
    """
    if outcome.kind == CRASH:
        return Code.ENGINE_CRASHED, f"its process {outcome.message}"
    if outcome.kind == LIMIT:
        return Code.ENGINE_LIMIT, outcome.message
    for pattern, code, phrase in _PATTERNS:
        found = pattern.search(outcome.message)
        if found:
            return code, _shortened(phrase.format(*found.groups()))
    return _KINDS.get(outcome.kind, Code.PARAMETER_INVALID), plain(outcome.message)


def plain(message: str) -> str:
    """An engine's message in one line, without places in its own source."""
    found = _ASSERTION.search(message)
    text = " ".join(_NOISE.sub("", found[1] or found[2] if found else message).split())
    return _shortened(text)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
