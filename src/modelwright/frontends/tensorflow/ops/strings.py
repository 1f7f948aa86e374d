"""Texts: what ONNX can say about them, most of it since opset 20."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.hub.dtypes import INTEGERS, dtype_name

_CUT = "cut the graph after this node with --inputs"


def _need_opset(op: TensorFlowBuilder, opset: int) -> None:
    if op.opset < opset:
        raise op.fail(f"ONNX has this only since opset {opset}", hint=f"choose --opset {opset} or newer")


def _change_case(op: TensorFlowBuilder, texts: ir.Value, action: str, encoding: str) -> ir.Value:
    """Letters in another case; StringNormalizer takes rows only, so that others are reshaped.

    The locales are those that every Linux has; the ``C`` locale knows no letters but those of ASCII.
    """
    flat = op.rank(texts) == 1
    rows = texts if flat else op.reshape(texts, [-1])
    locale = "C.UTF-8" if encoding else "C"
    changed = op.StringNormalizer(rows, case_change_action=action, is_case_sensitive=1, locale=locale)
    return changed if flat else op.reshape(changed, op.shape_of(texts))


@tf_op("StringLower")
def lower(op: TensorFlowBuilder, texts: ir.Value, *, encoding: str = "") -> ir.Value:
    """Small letters; those of ASCII only unless ``encoding`` is ``utf-8``."""
    return _change_case(op, texts, "LOWER", encoding)


@tf_op("StringUpper")
def upper(op: TensorFlowBuilder, texts: ir.Value, *, encoding: str = "") -> ir.Value:
    """Capital letters; those of ASCII only unless ``encoding`` is ``utf-8``."""
    return _change_case(op, texts, "UPPER", encoding)


@tf_op("StringJoin", ignores=("N",))
def join(op: TensorFlowBuilder, *texts: ir.Value, separator: str = "") -> ir.Value:
    """Texts of the same place after each other, ``separator`` between them; scalars broadcast."""
    _need_opset(op, 20)
    joined = texts[0]
    between = op.constant(np.asarray(separator.encode(), dtype=object)) if separator else None
    for text in texts[1:]:
        joined = op.StringConcat(joined if between is None else op.StringConcat(joined, between), text)
    return op.Identity(joined) if len(texts) == 1 else joined


def _match(op: TensorFlowBuilder, texts: ir.Value, pattern: str) -> ir.Value:
    _need_opset(op, 20)
    return op.RegexFullMatch(texts, pattern=pattern)


@tf_op("StaticRegexFullMatch")
def static_match(op: TensorFlowBuilder, texts: ir.Value, *, pattern: str) -> ir.Value:
    """Whether the whole text matches a regular expression, in RE2's syntax as in ONNX."""
    return _match(op, texts, pattern)


@tf_op("RegexFullMatch")
def match(op: TensorFlowBuilder, texts: ir.Value, pattern: ir.Value) -> ir.Value:
    """Whether the whole text matches a constant regular expression."""
    found = op.need_constant(pattern, "the regular expression").reshape(-1)[0]
    return _match(op, texts, found.decode() if isinstance(found, bytes) else str(found))


@tf_op("AsString")
def as_string(
    op: TensorFlowBuilder,
    x: ir.Value,
    *,
    precision: int = -1,
    scientific: bool = False,
    shortest: bool = False,
    width: int = -1,
    fill: str = "",
) -> ir.Value:
    """Integers in decimal digits, booleans as ``true`` and ``false``; ONNX writes floats in other ways."""
    dtype = op.dtype(x)
    if width > 0 or fill or precision >= 0 or scientific or shortest or dtype not in {*INTEGERS, ir.DataType.BOOL}:
        raise op.fail(f"writes {dtype_name(dtype)} in a way that ONNX has not", hint=_CUT)
    if dtype is ir.DataType.BOOL:
        return op.Where(x, _text(op, "true"), _text(op, "false"))
    return op.cast(op.cast(x, ir.DataType.INT64) if dtype is not ir.DataType.UINT64 else x, ir.DataType.STRING)


def _text(op: TensorFlowBuilder, text: str) -> ir.Value:
    return op.constant(np.asarray(text.encode(), dtype=object))


@tf_op("StringToNumber")
def to_number(op: TensorFlowBuilder, texts: ir.Value, *, out_type: ir.DataType = ir.DataType.FLOAT) -> ir.Value:
    """The number that a text spells."""
    return op.cast(texts, out_type)
