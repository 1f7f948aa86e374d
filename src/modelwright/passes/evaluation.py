"""Evaluates small constant nodes together in one ONNX Runtime session."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.hub.opset import ir_version_for


def evaluate_nodes(nodes: Sequence[ir.Node], wanted: Sequence[ir.Value], opset: int) -> list[np.ndarray] | None:
    """Computes values that depend on constants only.

    Args:
        nodes: In order; their inputs are made by nodes of the list or are initializers.
        wanted: What to compute: outputs of ``nodes``.
        opset: Version of the default domain.

    Returns:
        One array each, or None if ONNX Runtime cannot run one of the nodes.
    """
    import onnxruntime
    from onnxruntime.capi.onnxruntime_pybind11_state import (  # pyright: ignore[reportMissingModuleSource,reportMissingImports]
        Fail,
        InvalidArgument,
        InvalidGraph,
        NotImplemented,  # noqa: A004
        RuntimeException,
    )

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    serialized = ir.to_proto(_copy(nodes, wanted, opset)).SerializeToString()
    try:
        session = onnxruntime.InferenceSession(serialized, options, providers=["CPUExecutionProvider"])
        return [np.asarray(array) for array in session.run([f"v{place}" for place in range(len(wanted))], {})]
    except (Fail, InvalidArgument, InvalidGraph, NotImplemented, RuntimeException):
        return None


def _copy(nodes: Sequence[ir.Node], wanted: Sequence[ir.Value], opset: int) -> ir.Model:
    """A model of its own with copies of the nodes; the original graph is not touched."""
    copies: dict[ir.Value, ir.Value] = {}
    initializers: list[ir.Value] = []
    made: list[ir.Node] = []
    for node in nodes:
        for value in node.inputs:
            if value is not None and value not in copies:
                copy = ir.Value(
                    name=f"c{len(copies)}", type=value.type, shape=value.shape, const_value=value.const_value
                )
                copies[value] = copy
                initializers.append(copy)
        inputs = [copies[value] if value is not None else None for value in node.inputs]
        attributes = list(node.attributes.values())
        twin = ir.Node(node.domain, node.op_type, inputs, attributes, num_outputs=len(node.outputs))
        for old, new in zip(node.outputs, twin.outputs, strict=True):
            new.name, new.type, new.shape = f"c{len(copies)}", old.type, old.shape
            copies[old] = new
        made.append(twin)
    outputs = [copies[value] for value in wanted]
    for place, value in enumerate(outputs):
        value.name = f"v{place}"
    graph = ir.Graph([], outputs, nodes=made, initializers=initializers, opset_imports={"": opset}, name="constants")
    return ir.Model(graph, ir_version=ir_version_for({"": opset}))
