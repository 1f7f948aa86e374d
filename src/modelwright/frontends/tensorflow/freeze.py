"""Turning variables into constants, in graphs and in the functions of control flow.

A variable's node becomes a Const of the same name, and whatever carried its handle now carries its value: reads
disappear, gathers on a handle become plain gathers, Switch and Enter change their type, and functions that took a
handle take the value. Every function is rewritten once for each combination of frozen arguments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from modelwright.errors import ConversionError, ModelFormatError
from modelwright.frontends.tensorflow.flat import ARGUMENT_OP, FlatGraph
from modelwright.frontends.tensorflow.inline import Inliner
from modelwright.frontends.tensorflow.messages import (
    DT_BOOL,
    DT_INT32,
    DT_RESOURCE,
    Message,
    join_ref,
    make_node,
    message_class,
)
from modelwright.frontends.tensorflow.state import drop_writes
from modelwright.frontends.tensorflow.variables import HANDLE_OPS, Variables

_CARRIERS: Final = {"Identity": 1, "Switch": 2, "Enter": 1, "Exit": 1, "NextIteration": 1, "Merge": 1}
_REF_CARRIERS: Final = {f"Ref{op}": op for op in _CARRIERS} | {"RefSelect": "RefSelect"}
_INITIALIZED: Final = frozenset({"VarIsInitializedOp", "IsVariableInitialized"})
_HANDLE_USER: Final = re.compile(r"^Resource|Variable")
_TYPE_LISTS: Final = {
    "If": "Tin",
    "StatelessIf": "Tin",
    "Case": "Tin",
    "StatelessCase": "Tin",
    "While": "T",
    "StatelessWhile": "T",
}

Values = dict[str, int]
"""References that carried a variable's handle and now carry its value, with the value's DataType."""


class Freezer:
    """Freezes graphs and functions of one model.

    Attributes:
        functions: The rewritten functions by name, references in them numbered as in graphs.
        frozen: Names of the variables that became constants, in order.
        dropped: Names of variables whose updates were dropped.
    """

    def __init__(self, inliner: Inliner, variables: Variables) -> None:
        self._inliner = inliner
        self._variables = variables
        self._names: dict[tuple[str, tuple[int, ...]], str] = {}
        self.functions: dict[str, Message] = {}
        self.frozen: dict[str, None] = {}
        self.dropped: dict[str, None] = {}

    def freeze(self, flat: FlatGraph, roots: Sequence[str], values: Values | None = None) -> Values:
        """Freezes the part of a graph that ``roots`` need, in place.

        Raises:
            ConversionError: A result depends on an update of a variable, or a handle is used in an unknown way.
            ModelFormatError: A variable has no value.
        """
        self.dropped |= dict.fromkeys(drop_writes(flat, roots))
        known = values if values is not None else {}
        for node in flat.order(roots, control=False):
            self._rewrite(flat, node, known)
        return known

    def _rewrite(self, flat: FlatGraph, node: Message, known: Values) -> None:
        node.op = _REF_CARRIERS.get(node.op, node.op)
        if node.op in HANDLE_OPS:
            self._to_constant(flat, node, known)
            return
        if node.op in _INITIALIZED:
            constant = make_node(node.name, "Const", dtype=DT_BOOL)
            constant.attr["value"].tensor.MergeFrom(message_class("TensorProto")(dtype=DT_BOOL, bool_val=[True]))
            constant.attr["value"].tensor.tensor_shape.SetInParent()
            flat.nodes[node.name] = constant
            return
        inputs = flat.inputs(node)
        types = [known.get(ref, 0) for ref in inputs] if known else []
        functions = [value for value in node.attr.values() if value.WhichOneof("value") == "func"]
        branches = [item for value in node.attr.values() if value.HasField("list") for item in value.list.func]
        if functions or branches:
            self._functional(node, types, [*(value.func for value in functions), *branches], known)
        elif types and types[0]:
            self._handle_user(flat, node, inputs, types[0], known)

    def _to_constant(self, flat: FlatGraph, node: Message, known: Values) -> None:
        tensor = self._variables.value(node)
        constant = make_node(node.name, "Const", dtype=tensor.dtype)
        constant.attr["value"].tensor.CopyFrom(tensor)
        if node.op == "VarHandleOp":
            known[node.name] = tensor.dtype
        flat.nodes[node.name] = constant
        self.frozen[node.name] = None

    def _handle_user(self, flat: FlatGraph, node: Message, inputs: list[str], dtype: int, known: Values) -> None:
        """Rewrites a node whose first input was a variable's handle (or a value read from it) and is now its value."""
        if node.op == "ReadVariableOp":
            flat.replace(node, inputs[0])
        elif node.op in _CARRIERS:
            if node.attr["T"].type != DT_RESOURCE:
                return
            node.attr["T"].type = dtype
            known.update({join_ref(node.name, index): dtype for index in range(_CARRIERS[node.op])})
        elif node.op == "ResourceGather":
            axis = make_node(flat.unique(f"{node.name}/axis"), "Const", dtype=DT_INT32)
            axis.attr["value"].tensor.MergeFrom(message_class("TensorProto")(dtype=DT_INT32, int_val=[0]))
            axis.attr["value"].tensor.tensor_shape.SetInParent()
            flat.add(axis)
            self._retype(node, "GatherV2", dtype, Tparams=dtype, Taxis=DT_INT32)
            flat.set_inputs(node, [*inputs, axis.name])
        elif node.op == "ResourceGatherNd":
            self._retype(node, "GatherNd", dtype, Tparams=dtype)
        elif node.op == "VariableShape":
            self._retype(node, "Shape", dtype, T=dtype)
        elif _HANDLE_USER.search(node.op):
            raise ConversionError(
                f"{node.op} {node.name!r} works on the variable behind {inputs[0]!r} itself, not on its value",
                hint="export the model in inference mode, or cut it with --outputs before that node",
                node=node.name,
            )

    @staticmethod
    def _retype(node: Message, op: str, dtype: int, **types: int) -> None:
        node.op = op
        for name in ("dtype", "validate_indices"):
            if name in node.attr:
                del node.attr[name]
        for name, value in types.items():
            node.attr[name].type = value or dtype

    def _functional(self, node: Message, types: list[int], functions: Sequence[Message], known: Values) -> None:
        """Rewrites the functions of a control-flow node for the arguments that became values."""
        list_name = _TYPE_LISTS.get(node.op, "")
        loop = list_name == "T"
        arguments = types if loop else types[1:]
        if list_name and any(arguments):
            declared = node.attr[list_name].list.type
            arguments = [new if old == DT_RESOURCE else 0 for new, old in zip(arguments, declared, strict=False)]
        if list_name:
            for index, dtype in enumerate(arguments):
                if dtype:
                    node.attr[list_name].list.type[index] = dtype
                    if loop:
                        known[join_ref(node.name, index)] = dtype
                        _forget_shape(node, index)
        for function in functions:
            function.name = self._specialize(function.name, tuple(arguments) if any(arguments) else (), node.name)

    def _specialize(self, name: str, types: tuple[int, ...], user: str) -> str:
        """Freezes function ``name`` for argument types that differ from its own; returns the new function's name."""
        key = (name, types)
        if key in self._names:
            return self._names[key]
        source = self._inliner.functions.get(name)
        if source is None:
            raise ModelFormatError(f"the model has no function {name!r}", node=user)
        taken = set(self._names.values())
        new_name, number = name, 0
        while new_name in taken:
            number += 1
            new_name = f"{name}_frozen_{number}"
        self._names[key] = new_name
        flat, returned = self._inliner.body(source)
        known: Values = {}
        for argument, dtype in zip(source.signature.input_arg, types, strict=False):
            if dtype:
                flat.nodes[argument.name].attr["T"].type = dtype
                known[argument.name] = dtype
        self.freeze(flat, returned, known)
        self.functions[new_name] = _to_function(new_name, source, flat, returned, known)
        return new_name


def _forget_shape(node: Message, index: int) -> None:
    """A loop's declared shape for a handle is the handle's, not the value's."""
    if "output_shapes" in node.attr and index < len(node.attr["output_shapes"].list.shape):
        shape = node.attr["output_shapes"].list.shape[index]
        shape.Clear()
        shape.unknown_rank = True


def _to_function(
    name: str, source: Message, flat: FlatGraph, returned: Sequence[str], known: Mapping[str, int]
) -> Message:
    """A FunctionDef with numbered references, nodes in topological order."""
    function = message_class("FunctionDef")()
    function.signature.name = name
    for argument in source.signature.input_arg:
        dtype = flat.nodes[argument.name].attr["T"].type
        function.signature.input_arg.add(name=argument.name, type=dtype)
    for argument, ref in zip(source.signature.output_arg, returned, strict=True):
        ref = flat.resolve(ref)
        dtype = known.get(ref, argument.type) if argument.type == DT_RESOURCE else argument.type
        function.signature.output_arg.add(name=argument.name, type=dtype)
        function.ret[argument.name] = ref
    for node in flat.order(returned, control=False):
        if node.op != ARGUMENT_OP:
            finish_node(flat, node, function.node_def.add())
    return function


def finish_node(flat: FlatGraph, node: Message, target: Message, *, control: Sequence[str] = ()) -> None:
    """Copies a node as it leaves the reader: references resolved, no control edges but those given, no placement."""
    target.CopyFrom(node)
    flat.set_inputs(target, [*flat.inputs(node), *control], keep_control=False)
    target.ClearField("device")
    if "_class" in target.attr:
        del target.attr["_class"]
