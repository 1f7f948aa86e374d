"""What a TensorFlow model holds: its frozen graph, and for a SavedModel its tags and signatures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from modelwright.diagnostics import ModelSummary
from modelwright.formats import Format, Signature
from modelwright.frontends.manifest import LoadRequest
from modelwright.frontends.tensorflow.graphdef import read_message
from modelwright.frontends.tensorflow.load import KINDS, summarize, tensor_specs
from modelwright.frontends.tensorflow.reader import read_model
from modelwright.frontends.tensorflow.saved_model import saved_model_file
from modelwright.frontends.tensorflow.signature import DEFAULT_SIGNATURE, signature_tensors
from modelwright.schemas.spans import SpanStore


def describe(path: Path, source: Format) -> ModelSummary:
    """Inputs, outputs, operators and sizes; of a SavedModel with several signatures those of the default or first one.

    Raises:
        ModelNotFoundError: A file is missing.
        ModelFormatError: A file is damaged.
    """
    request = LoadRequest(path=path, format=source)
    if source is not Format.TF_SAVED_MODEL:
        return summarize(read_model(path, kind=KINDS[source]), request)
    graphs = _graphs(path)
    tags, signatures = next(iter(graphs.items()))
    chosen = DEFAULT_SIGNATURE if DEFAULT_SIGNATURE in signatures else next(iter(signatures), None)
    summary = summarize(read_model(path, kind=KINDS[source], tag=tags or None, signature=chosen), request)
    details: dict[str, Any] = {
        **summary.details,
        "tags": list(graphs),
        "signatures": {name: _signature_data(signature) for name, signature in signatures.items()},
    }
    if chosen is not None:
        details["described_signature"] = chosen
    return replace(summary, details=details)


def _graphs(path: Path) -> dict[str, dict[str, Signature]]:
    """Signatures of each meta graph, by its tags joined by commas."""
    message = read_message(saved_model_file(path), "SavedModel", SpanStore())
    found: dict[str, dict[str, Signature]] = {}
    for meta in message.meta_graphs:
        public = sorted(name for name in meta.signature_def if not name.startswith("__"))
        found[",".join(sorted(meta.meta_info_def.tags))] = {
            name: _signature(name, meta.signature_def[name], str(path)) for name in public
        }
    return found


def _signature(name: str, definition: Any, where: str) -> Signature:
    return Signature(
        name=name,
        inputs=tensor_specs(signature_tensors(definition.inputs, where)),
        outputs=tensor_specs(signature_tensors(definition.outputs, where)),
    )


def _signature_data(signature: Signature) -> dict[str, list[str]]:
    return {
        "inputs": [str(item) for item in signature.inputs],
        "outputs": [str(item) for item in signature.outputs],
    }
