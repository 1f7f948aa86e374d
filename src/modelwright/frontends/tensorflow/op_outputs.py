"""Which outputs a TensorFlow operator has: names, counts and DataTypes.

Function bodies name a tensor ``node:output_name:index``, graphs ``node:number``; translating needs every operator's
output list. It comes from, in this order: the functions of the model, the operator list a SavedModel carries, and
``op_outputs.json``, a table of TensorFlow's own operators. There each output is ``name:type``, where the type is
``#number`` (a DataType), the name of a type attribute, ``*attribute`` (a list of types, one output each) or
``count*type`` (as many outputs as attribute ``count`` says).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

from modelwright.errors import ModelFormatError
from modelwright.frontends.tensorflow.messages import Message, base_type


@cache
def _builtin_table() -> dict[str, str]:
    return json.loads(resources.files(__package__ or __name__).joinpath("op_outputs.json").read_text(encoding="utf-8"))


def _describe(argument: Message) -> str:
    kind = argument.type_attr or f"#{argument.type}"
    if argument.type_list_attr:
        kind = f"*{argument.type_list_attr}"
    elif argument.number_attr:
        kind = f"{argument.number_attr}*{kind}"
    return f"{argument.name}:{kind}"


class OpOutputs:
    """Output lists of all operators a model may use.

    Args:
        functions: The model's functions by name; a node may use one as its operator.
        op_list: The OpList message a SavedModel carries, for custom operators.
    """

    def __init__(self, functions: Mapping[str, Message], op_list: Message | None = None) -> None:
        self._functions = functions
        self._extra = {op.name: op for op in op_list.op} if op_list is not None else {}
        self._known: dict[str, tuple[tuple[str, str], ...] | None] = {}

    def add(self, op_list: Message) -> None:
        """Adds the operators of an OpList that are not known yet."""
        for op in op_list.op:
            self._extra.setdefault(op.name, op)
        self._known.clear()

    def _declared(self, op: str) -> tuple[tuple[str, str], ...] | None:
        if op in self._known:
            return self._known[op]
        text: str | None = None
        definition = self._functions[op].signature if op in self._functions else self._extra.get(op)
        if definition is not None:
            text = " ".join(_describe(argument) for argument in definition.output_arg)
        else:
            text = _builtin_table().get(op)
        found = None
        if text is not None:
            found = tuple((name, kind) for name, _, kind in (item.partition(":") for item in text.split()))
        self._known[op] = found
        return found

    def _sized(self, node: Message) -> Iterator[tuple[str, list[int]]]:
        """Each output argument of a node with the DataTypes of its tensors; 0 where unknown."""
        for name, kind in self._declared(node.op) or ():
            if kind.startswith("*"):
                listed = node.attr[kind[1:]].list.type if kind[1:] in node.attr else ()
                yield name, [base_type(dtype) for dtype in listed]
                continue
            count, star, single = kind.rpartition("*")
            dtype = int(single[1:]) if single.startswith("#") else node.attr[single].type if single in node.attr else 0
            yield name, [base_type(dtype)] * (1 if not star else node.attr[count].i if count in node.attr else 0)

    def types(self, node: Message) -> list[int]:
        """DataType of every output of a node, in order; empty for an unknown operator, 0 for an unknown type."""
        return [dtype for _, types in self._sized(node) for dtype in types]

    def index(self, node: Message, output: str, offset: int) -> int:
        """The number of the tensor that a function body calls ``node:output:offset``.

        Raises:
            ModelFormatError: The operator is known and has no such output.
        """
        declared = self._declared(node.op)
        if declared is None or (len(declared) == 1 and declared[0][0] == output):
            return offset
        start = 0
        for name, types in self._sized(node):
            if name == output:
                return start + offset
            start += len(types)
        raise ModelFormatError(f"node {node.name!r}: operator {node.op} has no output named {output!r}", node=node.name)

    def name(self, node: Message, index: int) -> str:
        """``output:offset``, the way a function body writes output ``index`` of a node; the inverse of ``index``."""
        start = 0
        for name, types in self._sized(node):
            if index < start + len(types):
                return f"{name}:{index - start}"
            start += len(types)
        return f"output:{index}"
