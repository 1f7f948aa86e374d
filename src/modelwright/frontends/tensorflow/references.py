"""References to tensors, and the names that converted tensors get from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import Converted, TensorFlowBuilder


def name_results(op: TensorFlowBuilder, name: str, outputs: Sequence[Converted]) -> None:
    """Gives the node that makes a layer's outputs the layer's name, and the outputs ``name:index``."""
    for index, value in enumerate(outputs):
        producer = value.producer() if isinstance(value, ir.Value) else None
        if not isinstance(value, ir.Value) or producer is None or not (producer.name or "").startswith(f"{name}/"):
            continue
        if index == 0 or producer is not _producer(outputs[0]):
            op.names.release(producer.name or "")
            producer.name = op.names.unique(name)
        op.names.release(value.name or "")
        value.name = op.names.unique(f"{name}:{index}")


def _producer(value: Converted) -> ir.Node | None:
    return value.producer() if isinstance(value, ir.Value) else None


def tensor_name(reference: str) -> str:
    """``node``, ``node:1`` or a function's ``node:output:1`` as ``node:1``.

    In function bodies an output is ``node:argument:index``; the reader has already turned the argument's name and
    index into a flat index, so that only ``node:index`` and ``argument`` appear.
    """
    return reference if ":" in reference else f"{reference}:0"


def used_outputs(nodes: Sequence[Any], wanted: Sequence[str]) -> dict[str, int]:
    """Node name to the number of its outputs up to the highest one that ``nodes`` or ``wanted`` use."""
    used: Counter[str] = Counter()
    references = [tensor_name(name) for node in nodes for name in node.input if not name.startswith("^")]
    for reference in [*references, *wanted]:
        name, _, index = reference.rpartition(":")
        used[name] = max(used[name], (int(index) if index.isdecimal() else 0) + 1)
    return used
