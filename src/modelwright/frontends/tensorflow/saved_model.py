"""SavedModel directories: meta graphs by tag, signatures, and concrete functions saved under ``__call__``."""

from __future__ import annotations

from pathlib import Path

from modelwright.errors import ModelNotFoundError, UnknownNameError, UnsupportedError
from modelwright.frontends.tensorflow.bundle import Bundle
from modelwright.frontends.tensorflow.graphdef import read_message
from modelwright.frontends.tensorflow.messages import Message, make_node, set_shape, shape_of
from modelwright.frontends.tensorflow.meta_graph import asset_files, open_meta_graph
from modelwright.frontends.tensorflow.object_graph import (
    call_functions,
    captured_nodes,
    checkpoint_objects,
    structure_leaves,
    variable_slots,
)
from modelwright.frontends.tensorflow.signature import (
    GraphTensor,
    choose_signature,
    signature_tensors,
)
from modelwright.frontends.tensorflow.source import SAVED_MODEL_FILES, Source
from modelwright.schemas.companions import companion
from modelwright.schemas.spans import SpanStore

_DEFAULT_TAG = "serve"


def saved_model_file(path: Path) -> Path:
    """The ``saved_model.pb`` or ``.pbtxt`` of a SavedModel, given its directory or the file.

    Raises:
        ModelNotFoundError: There is none.
    """
    if path.is_file():
        return path
    for name in SAVED_MODEL_FILES:
        if (path / name).is_file():
            return path / name
    what = "holds no saved_model.pb" if path.is_dir() else "no such directory"
    raise ModelNotFoundError(f"{path}: {what}", hint="give the directory that holds saved_model.pb and variables/")


def choose_meta_graph(model: Message, tag: str | None, where: str) -> Message:
    """The meta graph whose tags are ``tag`` (several joined by commas); without one the only one or ``serve``.

    Raises:
        UnknownNameError: No meta graph has these tags, or several could be meant.
    """
    tagged = [(tuple(sorted(meta.meta_info_def.tags)), meta) for meta in model.meta_graphs]
    valid = "; ".join(",".join(tags) or "(no tags)" for tags, _ in tagged) or "(none)"
    if tag is not None:
        wanted = tuple(sorted(part.strip() for part in tag.split(",") if part.strip()))
        exact = [meta for tags, meta in tagged if tags == wanted]
        if not exact:
            raise UnknownNameError(f"{where}: has no meta graph tagged {tag!r}", hint=f"tags of its graphs: {valid}")
        return exact[0]
    if len(tagged) == 1:
        return tagged[0][1]
    serving = [meta for tags, meta in tagged if tags == (_DEFAULT_TAG,)]
    if not serving:
        raise UnknownNameError(f"{where}: which meta graph is meant is not clear", hint=f"choose with --tag: {valid}")
    return serving[0]


def open_saved_model(
    path: Path, *, tag: str | None = None, signature: str | None = None, concrete_function: int | None = None
) -> Source:
    """Opens a SavedModel.

    Args:
        path: Its directory or the file in it.
        tag: Tags of the meta graph, joined by commas.
        signature: Key of the signature to convert.
        concrete_function: Number of a function saved under ``__call__``; the signature is then ignored.

    Raises:
        ModelNotFoundError: A file is missing.
        ModelFormatError: A file is damaged.
        UnknownNameError: There is no such tag, signature or function; the valid ones are listed.
    """
    file = saved_model_file(path)
    spans = SpanStore()
    model = read_message(file, "SavedModel", spans)
    meta = choose_meta_graph(model, tag, str(path))
    source = open_meta_graph(meta, _bundle(file.parent, meta, spans), spans, where=str(path), kind="saved_model")
    source.assets = asset_files(meta, file.parent / "assets")
    functions = call_functions(meta.object_graph_def)
    key = None if concrete_function is not None else choose_signature(meta.signature_def, signature, str(path))
    if key is not None:
        source.inputs = signature_tensors(meta.signature_def[key].inputs, str(path))
        source.outputs = signature_tensors(meta.signature_def[key].outputs, str(path))
        if signature is None and len(meta.signature_def) > 1:
            source.notices.append(f"signature {key!r} was chosen")
        return source
    if concrete_function is None and not functions:
        return source
    if concrete_function is None and len(functions) == 1:
        concrete_function = 0
        source.notices.append("the model has no signature; its only concrete function was taken")
    if concrete_function is None or not 0 <= concrete_function < len(functions):
        listed = "; ".join(f"{number}: {name}" for number, name in enumerate(functions)) or "(none)"
        what = "has no signature" if concrete_function is None else f"has no concrete function {concrete_function}"
        raise UnknownNameError(f"{path}: {what}", hint=f"choose with --concrete_function: {listed}")
    _call_function(source, meta, functions[concrete_function])
    return source


def _bundle(folder: Path, meta: Message, spans: SpanStore) -> Bundle | None:
    """The checkpoint; ``None`` only for a graph that has no variables to restore."""
    prefix = folder / "variables" / "variables"
    stateful = ("VarHandleOp", "VariableV2", "Variable")
    if not prefix.with_name("variables.index").exists() and not any(
        node.op in stateful for node in meta.graph_def.node
    ):
        return None
    if prefix.with_name("variables.index").exists():
        companion(folder, "variables/variables.index", what=f"{folder}: the checkpoint of the variables")
    return Bundle(prefix, spans)


def _call_function(source: Source, meta: Message, name: str) -> None:
    """Adds placeholders and a call of a concrete function with its captured objects to the graph."""
    function = source.functions[name]
    saved = meta.object_graph_def.concrete_functions[name]
    bound = list(saved.bound_inputs)
    arguments = list(function.signature.input_arg)[: len(function.signature.input_arg) - len(bound)]
    leaves = structure_leaves(saved.canonicalized_input_signature, "input")
    specs = [(leaf, spec) for leaf, spec in leaves if spec.HasField("tensor_spec_value")]
    inputs: list[GraphTensor] = []
    for index, argument in enumerate(arguments):
        label, shape = argument.name, None
        if len(specs) == len(arguments):
            spec = specs[index][1].tensor_spec_value
            label, shape = spec.name or specs[index][0], shape_of(spec.shape)
        node = make_node(_free(source, label), "Placeholder", dtype=argument.type)
        set_shape(node.attr["shape"].shape, shape)
        source.nodes[node.name] = node
        inputs.append(GraphTensor(name=label, tensor=f"{node.name}:0", dtype=argument.type, shape=shape))
    captured = captured_nodes(meta.object_graph_def, source.nodes)
    captures = [captured.get(number) or _capture(source, meta, number) for number in bound]
    call = make_node(_free(source, "PartitionedCall"), "PartitionedCall")
    call.input.extend([*(tensor.tensor for tensor in inputs), *captures])
    call.attr["f"].func.name = name
    call.attr["Tin"].list.type.extend(argument.type for argument in function.signature.input_arg)
    call.attr["Tout"].list.type.extend(argument.type for argument in function.signature.output_arg)
    source.nodes[call.name] = call
    results = structure_leaves(saved.output_signature, "output_0")
    outputs: list[GraphTensor] = []
    for index, argument in enumerate(function.signature.output_arg):
        label, shape = argument.name, None
        if len(results) == len(function.signature.output_arg):
            label = results[index][0]
            shape = shape_of(results[index][1].tensor_spec_value.shape)
        outputs.append(GraphTensor(name=label, tensor=f"{call.name}:{index}", dtype=argument.type, shape=shape))
    source.inputs, source.outputs = tuple(inputs), tuple(outputs)


def _free(source: Source, name: str) -> str:
    candidate, number = name, 0
    while candidate in source.nodes:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def _capture(source: Source, meta: Message, number: int) -> str:
    """A reference for a captured object that no call in the top graph passes: a variable or an asset."""
    saved = meta.object_graph_def.nodes[number]
    if saved.HasField("asset"):
        return meta.asset_file_def[saved.asset.asset_file_def_index].tensor_info.name
    if not saved.HasField("variable"):
        raise UnsupportedError(
            f"{source.where}: the function captures a {saved.WhichOneof('kind')} that no signature uses",
            hint="convert one of the model's signatures instead",
        )
    node = make_node(_free(source, saved.variable.name or "variable"), "VarHandleOp", dtype=saved.variable.dtype)
    node.attr["shape"].shape.CopyFrom(saved.variable.shape)
    source.nodes[node.name] = node
    bundle = source.variables.bundle
    tracked = checkpoint_objects(bundle) if bundle is not None else None
    slot = variable_slots(meta.object_graph_def, tracked).get(number) if tracked is not None else None
    if slot is not None:
        source.variables.bind(node.name, slot)
    return node.name
