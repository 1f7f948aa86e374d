"""Turns a MindIR graph into a hub model, one node after the other.

Everything that cannot be converted is collected and reported at once. Nodes are named after those of the file.
"""

from __future__ import annotations

import inspect
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any, Final

import onnx_ir as ir

from modelwright.errors import ConversionError, ModelFormatError, UnsupportedError
from modelwright.formats import Dim
from modelwright.frontends.contradictions import contradictions
from modelwright.frontends.mindspore.builder import Argument, MindBuilder
from modelwright.frontends.mindspore.control_flow import Choice, Closure, call
from modelwright.frontends.mindspore.dtypes import stored_dtype, told_dtype
from modelwright.frontends.mindspore.graph import CALL, MindGraph, MindNode, attributes_of, constant_of, needed
from modelwright.frontends.mindspore.operators import MEANINGLESS, mindspore_operators
from modelwright.frontends.mindspore.tensors import TensorReader
from modelwright.hub.names import NameScope
from modelwright.hub.opset import ir_version_for
from modelwright.registry import Operator
from modelwright.schemas.mindir_file import plain_name

_FLOW: Final = ("Partial", "Switch", CALL)


def convert_graph(graph: MindGraph, reader: TensorReader, *, opset: int) -> ir.Model:
    """Converts a graph.

    Args:
        graph: What the reader gave.
        reader: Reads its weights.
        opset: Version of the default domain to write.

    Returns:
        A hub model, not optimized.

    Raises:
        UnsupportedError: Nodes cannot be converted; all of them are listed.
        ModelFormatError: The file is damaged.
    """
    conversion = _Conversion(graph, reader, opset)
    conversion.add_inputs()
    conversion.add_all(graph.nodes)
    conversion.raise_problems()
    conversion.add_outputs()
    return conversion.finish()


class NotConverted(Exception):  # noqa: N818  no error of its own
    """Nodes of a function cannot be converted, and are remembered."""


class _Conversion:
    """One run of ``convert_graph``."""

    def __init__(self, source: MindGraph, reader: TensorReader, opset: int) -> None:
        self.source, self.reader = source, reader
        self.graph = ir.Graph([], [], nodes=[], opset_imports={"": opset}, name="main_graph")
        self.op = MindBuilder(self.graph, opset, names=NameScope())
        self.operators = mindspore_operators()
        self.functions = source.functions
        self.values: dict[str, Argument] = {name: Closure(item) for name, item in source.functions.items()}
        self.hanging: set[str] = set()
        self.unsupported: dict[str, dict[str, None]] = {}
        self.problems: list[ConversionError] = []

    def add_inputs(self) -> None:
        """Declares the inputs, with names for open dimensions."""
        alone = len(self.source.inputs) == 1
        for entry in self.source.inputs:
            name = plain_name(entry.name)
            if not entry.tensor:
                raise ModelFormatError(f"the input {name!r} is no tensor", hint="export a model that takes tensors")
            dtype = stored_dtype(entry.tensor[0].data_type, f"the input {name!r}")
            shape: list[Dim] = [
                size if size >= 0 else "batch" if alone and axis == 0 else f"{name}_dim{axis}"
                for axis, size in enumerate(entry.tensor[0].dims)
            ]
            value = ir.Value(name=name, shape=ir.Shape(shape), type=ir.TensorType(dtype))
            self.op.names.reserve(name)
            self.graph.inputs.append(value)
            self.values[entry.name] = value

    def add_all(self, nodes: Iterable[MindNode]) -> None:
        """Converts nodes in their order."""
        for node in nodes:
            self.add(node)

    def add(self, node: MindNode) -> None:
        """Converts a node, or remembers why not."""
        operator = self.operators.find(node.op_type)
        if operator is None and node.op_type not in _FLOW:
            self.unsupported.setdefault(node.op_type, {})[node.label] = None
            self.hanging.add(node.name)
        elif any(name in self.hanging for name in node.inputs):
            self.hanging.add(node.name)
        else:
            self._convert(node, operator)

    def _convert(self, node: MindNode, operator: Operator | None) -> None:
        op = self.op
        op.op_type, op.label, op.told = node.op_type, node.label, told_dtype(node.dtype)
        try:
            with op.at(node.label), contradictions(node.op_type, node.label):
                arguments = [self._argument(name) for name in node.inputs]
                if operator is None:
                    self.values[node.name] = self._flow(node, arguments)
                    return
                result = _call(op, operator, arguments, attributes_of(node, self.reader))
                if isinstance(result, ir.Value) and op.told is not None:
                    result = op.cast(result, op.told)
                self.values[node.name] = result
        except NotConverted:
            self.hanging.add(node.name)
        except ConversionError as error:
            self.hanging.add(node.name)
            self.problems.append(error)

    def _flow(self, node: MindNode, arguments: list[Argument]) -> Argument:
        """Functions with arguments, choices between them, and calls."""
        first, *others = arguments
        if node.op_type == "Partial" and isinstance(first, Closure):
            return Closure(first.graph, (*first.bound, *others))
        if node.op_type == "Switch" and all(isinstance(item, Closure) for item in others):
            return Choice(self.op.tensor(first), *others)
        if node.op_type == CALL:
            return call(self, first, others)
        raise self.op.fail("it takes other things than functions")

    def evaluate(self, graph: MindGraph, arguments: Sequence[Argument], wanted: Sequence[str]) -> list[Argument]:
        """What some values of a function are, given its arguments.

        Raises:
            ConversionError: They cannot be had; nodes that cannot be converted are remembered.
        """
        source, values, label = self.source, self.values, (self.op.op_type, self.op.label)
        names = (item.name for item in graph.inputs)
        functions = {name: Closure(item) for name, item in self.functions.items()}
        self.source, self.values = graph, functions | dict(zip(names, arguments, strict=True))
        try:
            self.add_all(needed(graph, wanted))
            if any(name in self.hanging for name in wanted):
                raise NotConverted
            return [self._argument(name) for name in wanted]
        finally:
            self.source, self.values = source, values
            self.op.op_type, self.op.label = label

    @contextmanager
    def inside(self, body: ir.Graph) -> Generator[MindBuilder]:
        """Lets everything be emitted into a body."""
        outer, inner = (
            self.op,
            MindBuilder(body, self.op.opset, names=self.op.names, shapes=self.op.shapes, constants=self.graph),
        )
        inner.op_type, inner.label, inner.origin = outer.op_type, outer.label, outer.origin
        self.op = inner
        try:
            yield inner
        finally:
            self.op = outer

    def _argument(self, name: str) -> Argument:
        if name not in self.values:
            if name in self.source.weights:
                tensor = self.reader.read(self.source.weights[name])
                self.values[name] = self.op.initializer(tensor, name=self.op.names.unique(plain_name(name)))
            else:
                found = constant_of(self.source.constants[name], self.reader, f"the constant {name!r}")
                self.values[name] = self._constant(found, name)
        return self.values[name]

    def _constant(self, found: Any, name: str) -> Argument:
        if isinstance(found, ir.TensorProtocol):
            return self.op.initializer(found, name=self.op.names.unique(plain_name(name)))
        if isinstance(found, tuple):
            return tuple(self._constant(item, name) for item in found)
        return found

    def raise_problems(self) -> None:
        """Raises everything found wrong, as one error."""
        if not self.unsupported and len(self.problems) == 1:
            raise self.problems[0]
        if not self.unsupported and not self.problems:
            return
        kinds = len(self.unsupported)
        lines = [
            f"{name} ({len(nodes)} node{'s' * (len(nodes) > 1)}): "
            f"{', '.join(list(nodes)[:3])}{', ...' * (len(nodes) > 3)}"
            for name, nodes in sorted(self.unsupported.items())
        ]
        what = f"{kinds} primitive{'s' * (kinds > 1)} not supported" if kinds else "nodes that cannot be converted"
        raise UnsupportedError(
            f"the model has {what}:",
            items=[*lines, *(error.message for error in self.problems)],
            nodes=[(op_type, name) for op_type, nodes in self.unsupported.items() for name in nodes],
            hint="docs/mindir.md says what is read",
        )

    def add_outputs(self) -> None:
        """Declares the outputs; members of tuples one after the other."""
        taken = set(self.graph.inputs)
        for name, item in [pair for output in self.source.outputs for pair in self._flat(output)]:
            value = self.op.tensor(item)
            if value in taken or value.producer() is None:
                value = self.op.Identity(value)
            taken.add(value)
            self._name_output(value, plain_name(name))
            self.op.dtype(value)
            self.op.shape(value)
            self.graph.outputs.append(value)

    def _flat(self, name: str) -> list[tuple[str, Argument]]:
        """Names and values of an output."""
        item = self._argument(name)
        if not isinstance(item, tuple | list):
            return [(name, item)]
        node = next((node for node in self.source.nodes if node.name == name), None)
        if node is not None and node.op_type == "MakeTuple":
            return [pair for member in node.inputs for pair in self._flat(member)]
        return [(f"{name}[{place}]", member) for place, member in enumerate(item)]

    def _name_output(self, value: ir.Value, name: str) -> None:
        made = (item for node in self.graph for item in node.outputs)
        for other in [*self.graph.inputs, *self.graph.initializers.values(), *made]:
            if other.name == name and other is not value:
                if other.is_graph_input() or other.is_graph_output():
                    name = self.op.names.unique(name)
                else:
                    other.name = self.op.names.unique(name)
        value.name = name
        self.op.names.reserve(name)

    def finish(self) -> ir.Model:
        """The model, with its IR version."""
        imports = dict(self.graph.opset_imports)
        return ir.Model(self.graph, ir_version=ir_version_for(imports), producer_name="modelwright")


def _call(op: MindBuilder, operator: Operator, arguments: list[Argument], attributes: dict[str, Any]) -> Argument:
    """Calls the converter; attributes with the names of arguments take their places."""
    names = [item.name for item in inspect.signature(operator.function).parameters.values()]
    places = names[1 + len(arguments) :]
    told = {name: value for name, value in attributes.items() if name not in MEANINGLESS}
    named = {name: told.pop(name) for name in places if name in told and name not in operator.attributes}
    known = operator.bind(told, len(arguments) + len(named), node=op.label)
    try:
        return operator.function(op, *arguments, **named, **known)
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise op.fail(
            f"its arguments and attributes do not fit together ({error})", hint="the file is damaged: export it again"
        ) from error
