"""Element types that settings give to the artifact's inputs and outputs in place of the model's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_TYPES: Final = {"FP32": "float32", "FP16": "float16", "UINT8": "uint8", "INT8": "int8"}


def input_dtypes(settings: Mapping[str, str]) -> dict[str, str]:
    """Dtypes of inputs that are not the model's, by the compiler's name: ``--input_fp16_nodes``."""
    return {name: "float16" for name in settings.get("input_fp16_nodes", "").split(";") if name}


def output_dtypes(settings: Mapping[str, str]) -> dict[str, str]:
    """Dtypes of outputs that are not the model's, by the compiler's name: ``--output_type``.

    One type for all outputs stands under the empty name.
    """
    text = settings.get("output_type", "")
    found: dict[str, str] = {}
    for part in text.split(";") if text else ():
        name, _, kind = part.rpartition(":")
        found[name] = _TYPES[kind]
    return found
