"""The inputs and outputs of one conversion: which tensors they are, under which names, and cutting the graph there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from modelwright.errors import UnknownNameError, UnsupportedError, UsageError
from modelwright.frontends.tensorflow.flat import FlatGraph
from modelwright.frontends.tensorflow.messages import (
    Message,
    base_type,
    make_node,
    node_of,
    normalize_ref,
    set_shape,
    split_ref,
)
from modelwright.frontends.tensorflow.signature import GraphTensor, declared_shape, find_tensor, guess_outputs
from modelwright.frontends.tensorflow.source import Source

Shape: TypeAlias = tuple[int | None, ...] | None
Request: TypeAlias = Sequence[tuple[str, Shape]]


def full_name(ref: str) -> str:
    """``"node"`` as ``"node:0"``; other data references as they are."""
    name, index = split_ref(ref)
    return f"{name}:{index}"


def signature_sides(source: Source, *, use_graph_names: bool) -> tuple[list[GraphTensor], list[GraphTensor]]:
    """The signature's inputs and outputs, named by key or, if asked for, by their tensors in the graph."""
    sides = ([*(source.inputs or ())], [*(source.outputs or ())])
    if use_graph_names:
        sides = tuple([replace(tensor, name=tensor.tensor) for tensor in side] for side in sides)
    return sides[0], sides[1]


def guessed_outputs(source: Source) -> list[GraphTensor]:
    """The results that a bare graph seems to have, each output of a node by itself.

    Of batch normalization only the normalized tensor counts: its statistics serve training.

    Raises:
        ModelFormatError: No node looks like a result.
    """
    found: list[GraphTensor] = []
    for name in guess_outputs(source.nodes.values(), source.where):
        node = source.nodes[name]
        count = 1 if node.op.startswith("FusedBatchNorm") else max(1, len(source.op_outputs.types(node)))
        for index in range(count):
            tensor, dtype = f"{name}:{index}", dtype_of(source, node, index)
            found.append(GraphTensor(name=tensor, tensor=tensor, dtype=dtype, shape=declared_shape(node, index)))
    return found


def choose_outputs(
    source: Source, flat: FlatGraph, request: Request, known: Sequence[GraphTensor]
) -> list[GraphTensor]:
    """The outputs; shapes given by the user replace declared ones.

    Raises:
        UnknownNameError: A name is no tensor of the graph.
    """
    if not request:
        return list(known)
    chosen: list[GraphTensor] = []
    for name, shape in request:
        found = find_tensor(name, known, flat, source.where, "output")
        if isinstance(found, str):
            node, index = flat.producer(found)
            check_index(source, node, index, name)
            found = GraphTensor(
                name=name,
                tensor=full_name(found),
                dtype=dtype_of(source, node, index),
                shape=declared_shape(node, index),
            )
        chosen.append(replace(found, name=name, shape=shape if shape is not None else found.shape))
    return chosen


def check_index(source: Source, node: Message | None, index: int, name: str) -> None:
    """Refuses ``name:5`` of a node with fewer outputs.

    Raises:
        UnknownNameError: The node has no such output.
    """
    count = len(source.op_outputs.types(node)) if node is not None else 0
    if node is not None and count and index >= count:
        valid = ", ".join(f"{node.name}:{number}" for number in range(count))
        raise UnknownNameError(
            f"no tensor named {name!r} in {source.where}", hint=f"{node.op} {node.name!r} has the outputs {valid}"
        )


def dtype_of(source: Source, node: Message | None, index: int) -> int:
    """DataType of an output of a node; 0 if the operator is unknown."""
    types = source.op_outputs.types(node) if node is not None else []
    return base_type(types[index]) if index < len(types) else 0


def choose_inputs(source: Source, flat: FlatGraph, request: Request, known: Sequence[GraphTensor]) -> list[GraphTensor]:
    """The inputs asked for, each a placeholder afterwards; ``known`` if nothing was asked for.

    An intermediate tensor becomes an input: the graph is cut there.

    Raises:
        UnknownNameError: A name is no tensor of the graph.
        UnsupportedError: The tensor's type is not known.
    """
    if not request:
        return list(known)
    chosen: list[GraphTensor] = []
    for name, shape in request:
        found = find_tensor(name, known, flat, source.where, "input")
        if isinstance(found, str):
            ref = flat.resolve(found)
            node, index = flat.producer(ref)
            check_index(source, node, index, name)
            dtype = dtype_of(source, node, index)
            if node is not None and "Placeholder" not in node.op:
                if not dtype:
                    raise UnsupportedError(f"the type of tensor {name!r} is not known; it cannot become an input")
                ref = _cut(source, flat, ref, node, dtype)
            found = GraphTensor(name=name, tensor=full_name(ref), dtype=dtype, shape=declared_shape(node, index))
        shape = shape if shape is not None else found.shape
        chosen.append(replace(found, name=name, shape=shape))
    return chosen


def _cut(source: Source, flat: FlatGraph, ref: str, node: Message, dtype: int) -> str:
    """Puts a placeholder in the place of a tensor and returns the placeholder's name."""
    _, index = split_ref(ref)
    if len(source.op_outputs.types(node)) == 1:
        flat.nodes[node.name] = make_node(node.name, "Placeholder", dtype=dtype)
        return node.name
    placeholder = flat.add(make_node(flat.unique(f"{node.name}_{index}"), "Placeholder", dtype=dtype))
    flat.aliases[ref] = placeholder.name
    return placeholder.name


def placeholder_inputs(flat: FlatGraph, names: Sequence[str]) -> list[GraphTensor]:
    """Inputs for placeholder nodes that nothing names otherwise."""
    return [
        GraphTensor(
            name=f"{name}:0",
            tensor=f"{name}:0",
            dtype=flat.nodes[name].attr["dtype"].type,
            shape=declared_shape(flat.nodes[name], 0),
        )
        for name in names
    ]


def finish_inputs(flat: FlatGraph, inputs: Sequence[GraphTensor]) -> None:
    """Writes the final shapes into the placeholders of the inputs."""
    for tensor in inputs:
        node = flat.nodes[node_of(normalize_ref(tensor.tensor))]
        set_shape(node.attr["shape"].shape, tensor.shape)
        if "_output_shapes" in node.attr:
            del node.attr["_output_shapes"]


def check_complete(flat: FlatGraph, inputs: Sequence[GraphTensor], outputs: Sequence[GraphTensor], where: str) -> None:
    """Every placeholder that the outputs need must be an input.

    Raises:
        UsageError: Some are not; names them.
    """
    given = {node_of(normalize_ref(tensor.tensor)) for tensor in inputs}
    needed = flat.order([normalize_ref(tensor.tensor) for tensor in outputs], control=False)
    missing = [node.name for node in needed if node.op == "Placeholder" and node.name not in given]
    if missing:
        raise UsageError(
            f"{where}: the outputs also need {', '.join(repr(name) for name in missing)}",
            hint="add them to --inputs, or choose --outputs that do not need them",
        )
