"""The report as data, for programs that draw it."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any, Final

from modelwright.quantize.report.found import COSINE_LIMIT, SNR_LIMIT, Error, Histogram, QuantizationReport, TensorRow

VERSION: Final = 1
SUFFIX: Final = "_report.json"
"""How the name of the file with these data ends."""
_DIGITS: Final = 6


def report_measures(report: QuantizationReport) -> dict[str, Any]:
    """What was measured, in graph order; times are left out, so that the same model and data give the same bytes.

    Args:
        report: The report.

    Returns:
        Plain data. Numbers have six digits; those that are not finite are texts.
    """
    return {
        "version": VERSION,
        "model": report.model,
        "samples": report.samples,
        "method": list(report.method),
        "limits": {"snr": SNR_LIMIT, "cosine": COSINE_LIMIT},
        "weight_bytes": asdict(report.bytes),
        "floats": [{"node": node, "reason": reason} for node, reason in report.floats],
        "tensors": [_tensor(row) for row in report.tensors],
    }


def _tensor(row: TensorRow) -> dict[str, Any]:
    return {
        "name": row.var,
        "node": row.op,
        "op_type": row.op_type,
        "kind": row.kind.value,
        "dtype": row.dtype,
        "marked": row.error.bad,
        **_error(row.error),
        "alone": None if row.alone is None else _error(row.alone),
        "float_range": [_rounded(bound) for bound in row.floating],
        "quantized_range": [_rounded(bound) for bound in row.quantized],
        "histogram": _histogram(row.histogram, row.histogram_quantized),
    }


def _error(error: Error) -> dict[str, float | str]:
    return {"snr": _rounded(error.snr), "mse": _rounded(error.mse), "cosine": _rounded(error.cosine)}


def _histogram(floating: Histogram, quantized: Histogram) -> dict[str, Any]:
    return {
        "low": _rounded(floating.low),
        "high": _rounded(floating.high),
        "float": list(floating.counts),
        "quantized": list(quantized.counts),
    }


def _rounded(value: float) -> float | str:
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else str(value)
