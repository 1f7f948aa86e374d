"""Inputs and outputs as the user wants them: with channels last, or as bytes."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from modelwright.backends.tflite.integer_edits import integers_of
from modelwright.backends.tflite.quantized import Quantization, quantization_of, set_quantization
from modelwright.errors import UsageError, unknown_name
from modelwright.formats import ArtifactTensor
from modelwright.hub.dtypes import dtype_name, dtype_named
from modelwright.hub.shapes import dims_of

BYTES = ("int8", "uint8")


def inputs_last(graph: ir.Graph, names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Gives inputs of the order NC and then spatial dimensions another order, with channels last.

    Args:
        graph: The graph, before anything else is done to it.
        names: The inputs.

    Returns:
        Name to the order: ``artifact_array = array.transpose(order)``.

    Raises:
        UnknownNameError: There is no such input.
        UsageError: It has no spatial dimensions.
    """
    known = {value.name or "": value for value in graph.inputs}
    orders: dict[str, tuple[int, ...]] = {}
    for name in names:
        if name not in known:
            raise unknown_name("input", name, known)
        old = known[name]
        rank = _spatial_rank(old, name)
        orders[name] = (0, *range(2, rank), 1)
        dims = dims_of(old.shape) or ()
        new = ir.Value(name=name, type=old.type, shape=ir.Shape([dims[axis] for axis in orders[name]]))
        turned = ir.node(
            "Transpose", [new], {"perm": [0, rank - 1, *range(1, rank - 1)]}, name=f"{name}/channels_first"
        )
        graph.inputs[graph.inputs.index(old)] = new
        old.name = f"{name}/channels_first"
        turned.outputs[0].name, turned.outputs[0].type = f"{name}/first", old.type
        turned.outputs[0].shape = old.shape
        old.replace_all_uses_with(turned.outputs[0], replace_graph_outputs=True)
        graph.insert_before(graph[0], turned) if len(graph) else graph.append(turned)
    return orders


def outputs_last(graph: ir.Graph, names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Gives outputs channels last; see ``inputs_last``."""
    known = {value.name or "": value for value in graph.outputs}
    orders: dict[str, tuple[int, ...]] = {}
    for name in names:
        if name not in known:
            raise unknown_name("output", name, known)
        old = known[name]
        rank = _spatial_rank(old, name)
        orders[name] = (0, *range(2, rank), 1)
        turned = ir.node("Transpose", [old], {"perm": list(orders[name])}, name=f"{name}/channels_last")
        new = turned.outputs[0]
        dims = dims_of(old.shape) or ()
        old.name, new.name, new.type = f"{name}/channels_first", name, old.type
        new.shape = ir.Shape([dims[axis] for axis in orders[name]])
        graph.append(turned)
        graph.outputs[list(graph.outputs).index(old)] = new
    return orders


def _spatial_rank(value: ir.Value, name: str) -> int:
    rank = None if value.shape is None else len(value.shape)
    if rank is None or not 3 <= rank <= 5:
        raise UsageError(
            f"{name!r} has {'an unknown number of' if rank is None else rank} dimensions, none of them spatial",
            hint="name inputs and outputs of the order NCHW (also NCW, NCDHW)",
        )
    return rank


def check_type(kind: str, option: str) -> str:
    """A type of inputs or outputs that may be asked for.

    Raises:
        UsageError: It is none.
    """
    if kind not in ("float32", *BYTES):
        raise UsageError(f"--{option} {kind}: no such type", hint=f"choose one of float32, {', '.join(BYTES)}")
    return kind


def inputs_as_bytes(graph: ir.Graph, kind: str) -> dict[str, Quantization]:
    """Makes float inputs that are quantized at once int8 or uint8; returns what their integers mean, by name.

    Raises:
        UsageError: One of them is not quantized.
    """
    found: dict[str, Quantization] = {}
    for place, value in enumerate(list(graph.inputs)):
        if value.dtype is not ir.DataType.FLOAT:
            continue
        users = list(value.uses())
        meaning = quantization_of(users[0].node.outputs[0]) if users else None
        if meaning is None or any(not _quantizes(use.node, meaning) for use in users) or value.is_graph_output():
            raise _not_quantized("input", value)
        found[value.name or ""] = _as_kind(meaning, kind)
        if kind == "uint8":
            value.type = ir.TensorType(ir.DataType.UINT8)
            set_quantization(value, found[value.name or ""])
            continue
        value.type = ir.TensorType(ir.DataType.INT8)
        set_quantization(value, meaning)
        for use in users:
            use.node.outputs[0].replace_all_uses_with(value, replace_graph_outputs=True)
            graph.remove(use.node, safe=True)
        graph.inputs[place] = value
    return found


def _quantizes(node: ir.Node, meaning: Quantization) -> bool:
    return node.op_type == "QUANTIZE" and meaning.same(quantization_of(node.outputs[0]))


def outputs_as_bytes(graph: ir.Graph, kind: str) -> dict[str, Quantization]:
    """Makes float outputs that integers stand for int8 or uint8; see ``inputs_as_bytes``."""
    found: dict[str, Quantization] = {}
    for place, value in enumerate(list(graph.outputs)):
        if value.dtype is not ir.DataType.FLOAT:
            continue
        inner, maker = integers_of(value), value.producer()
        meaning = quantization_of(inner)
        if inner is None or maker is None or meaning is None or inner.producer() is None:
            raise _not_quantized("output", value)
        name = value.name or ""
        found[name] = _as_kind(meaning, kind)
        if kind == "int8" and not inner.is_graph_output():
            graph.outputs[place] = inner
            value.name, inner.name = f"{name}/float", name
            if not value.uses():
                graph.remove(maker, safe=True)
            continue
        again = ir.Node(maker.domain, "QUANTIZE", [inner], name=f"{maker.name}/bytes")
        again.meta.update(maker.meta)
        made = again.outputs[0]
        made.type, made.shape = ir.TensorType(dtype_named(kind)), value.shape
        set_quantization(made, found[name])
        graph.insert_after(maker, again)
        graph.outputs[place] = made
        value.name, made.name = f"{name}/float", name
    return found


def _as_kind(meaning: Quantization, kind: str) -> Quantization:
    offset = 128 if kind == "uint8" else 0
    return Quantization(scale=meaning.scale, zero_point=meaning.zero_point + offset)


def _not_quantized(what: str, value: ir.Value) -> UsageError:
    return UsageError(
        f"the {what} {value.name!r} is {dtype_name(value.dtype)} and not quantized in the model",
        hint="quantize the model with QuantizeLinear at its inputs and outputs, or leave the type out",
    )


def artifact_tensors(
    names: Sequence[str], orders: dict[str, tuple[int, ...]], meanings: dict[str, Quantization], kind: str
) -> tuple[ArtifactTensor, ...]:
    """What differs from the hub's inputs or outputs."""
    return tuple(
        ArtifactTensor(
            name=name,
            artifact=name,
            perm=orders.get(name),
            dtype=kind if name in meanings else None,
            scale=float(meanings[name].scale[0]) if name in meanings else None,
            zero_point=int(meanings[name].zero_point[0]) if name in meanings else 0,
        )
        for name in names
        if name in orders or name in meanings
    )
