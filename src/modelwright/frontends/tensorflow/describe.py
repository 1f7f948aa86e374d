"""What a TensorFlow model holds, in the form common to all formats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from modelwright.diagnostics import ModelSummary
from modelwright.formats import Format
from modelwright.frontends.tensorflow.info import SignatureSummary, TensorFlowSummary
from modelwright.frontends.tensorflow.info import describe as describe_tensorflow
from modelwright.frontends.tensorflow.keras import describe_keras
from modelwright.frontends.tensorflow.load import tensor_specs
from modelwright.frontends.tensorflow.places import source_files
from modelwright.frontends.tensorflow.signature import DEFAULT_SIGNATURE

NOT_COMPUTING = frozenset({"Const", "NoOp", "VarHandleOp", "ReadVariableOp"})
"""Operators that hold weights or nothing, and are not counted as nodes."""


def describe(path: Path, source: Format) -> ModelSummary:
    """Inputs, outputs, operators and sizes; of a SavedModel with several signatures those of the default or first one.

    Raises:
        ModelNotFoundError: A file is missing.
        ModelFormatError: A file is damaged.
    """
    if source is Format.KERAS:
        return describe_keras(path)
    found = describe_tensorflow(path)
    chosen = next((item for item in found.signatures if item.name == DEFAULT_SIGNATURE), None)
    if chosen is None and found.signatures:
        chosen = found.signatures[0]
    return ModelSummary(
        format=source.label,
        inputs=tensor_specs(chosen.inputs) if chosen is not None else (),
        outputs=tensor_specs(chosen.outputs) if chosen is not None else (),
        operators={name: count for name, count in found.operators.items() if name not in NOT_COMPUTING},
        parameters=found.parameters,
        weight_bytes=found.size,
        file_bytes=sum(item.stat().st_size for item in source_files(path, source)),
        details=_details(found, chosen),
    )


def _details(found: TensorFlowSummary, chosen: SignatureSummary | None) -> dict[str, Any]:
    """Facts that only TensorFlow's models have; empty ones are left out."""
    named = [item for item in found.signatures if item.name]
    facts: dict[str, Any] = {
        "producer": f"TensorFlow {found.producer}" if found.producer and found.kind == "saved_model" else "",
        "variables": found.variables,
        "tags": [",".join(tags) for tags in found.tags],
        "signatures": {_title(item, found): _sides(item) for item in named},
        "shown_signature": chosen.name if chosen is not None and len(named) > 1 else "",
    }
    return {name: value for name, value in facts.items() if value}


def _title(signature: SignatureSummary, found: TensorFlowSummary) -> str:
    return signature.name if len(found.tags) < 2 else f"{signature.name} ({','.join(signature.tags)})"


def _sides(signature: SignatureSummary) -> dict[str, list[str]]:
    return {
        "inputs": [str(item) for item in tensor_specs(signature.inputs)],
        "outputs": [str(item) for item in tensor_specs(signature.outputs)],
    }
