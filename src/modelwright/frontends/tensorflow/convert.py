"""Turns a frozen TensorFlow graph into a hub model, one node after the other.

Everything that cannot be converted is collected and reported at once. Layers keep their names: the node that makes a
layer's output bears the layer's name, its output ``name:0``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import onnx_ir as ir

from modelwright.diagnostics import Diagnostic
from modelwright.errors import ConversionError
from modelwright.formats import Dim, format_shape
from modelwright.frontends.contradictions import contradictions
from modelwright.frontends.tensorflow.attributes import decode, dtype_from_number, is_type_parameter
from modelwright.frontends.tensorflow.builder import (
    Converted,
    LookupTable,
    NodeContext,
    RecordedFault,
    TensorFlowBuilder,
)
from modelwright.frontends.tensorflow.constants import to_numpy
from modelwright.frontends.tensorflow.convert_options import CUSTOM_DOMAIN, ConvertOptions
from modelwright.frontends.tensorflow.custom import emit_custom
from modelwright.frontends.tensorflow.function_view import FunctionView
from modelwright.frontends.tensorflow.interface import input_names, matching, named_dims, output_names
from modelwright.frontends.tensorflow.lowered import raise_control_flow
from modelwright.frontends.tensorflow.operators import tensorflow_operators
from modelwright.frontends.tensorflow.passed_on import PassedOn
from modelwright.frontends.tensorflow.problems import Problems
from modelwright.frontends.tensorflow.reader import TensorFlowModel
from modelwright.frontends.tensorflow.references import name_results, tensor_name, used_outputs
from modelwright.hub.dtypes import dtype_of
from modelwright.hub.names import NameScope
from modelwright.hub.opset import ONNX_ML_DOMAIN, ir_version_for
from modelwright.hub.subgraphs import all_nodes
from modelwright.schemas.wire import SpanStore


def convert_graph(
    model: TensorFlowModel, options: ConvertOptions, warnings: list[Diagnostic] | None = None
) -> ir.Model:
    """Converts a frozen, pruned graph.

    Args:
        model: What the reader gave.
        options: What the user asked for.
        warnings: Takes a warning for each thing passed on as a custom operator.

    Returns:
        A hub model, not optimized, whose inputs and outputs have the source's names and static shapes.

    Raises:
        UnsupportedError: Operators or nodes cannot be converted; all of them are listed.
        UnknownNameError: An option names an input or output that is not there.
    """
    wanted = [tensor.tensor for tensor in model.outputs]
    graph = raise_control_flow(model.graph, wanted)
    conversion = _Conversion(model, graph.library.function, options)
    conversion.add_inputs()
    conversion.run(graph.node, conversion.values, conversion.op, wanted)
    conversion.problems.raise_all()
    conversion.add_outputs()
    if warnings is not None:
        warnings.extend(conversion.passed.warnings())
    return conversion.finish()


class _Conversion:
    """One run of ``convert_graph``: the graph in the making, the tensors known so far and the problems found."""

    def __init__(self, model: TensorFlowModel, library: Sequence[Any], options: ConvertOptions) -> None:
        self.model = model
        self.options = options
        imports = {"": options.opset, **options.extra_opsets}
        self.graph = ir.Graph([], [], nodes=[], opset_imports=imports, name="main_graph")
        self.op = TensorFlowBuilder(self.graph, options.opset, names=NameScope())
        self.op.tables = {
            name: LookupTable(keys=keys, values=values) for name, (keys, values) in sorted(model.tables.items())
        }
        self.op.convert_function = self.convert_function
        self.op.view_function = self.view_function
        self.op.node = NodeContext()
        self.values: dict[str, Converted] = {}
        self.functions = {function.signature.name: function for function in library}
        self.operators = tensorflow_operators()
        self.constants: dict[tuple[str, str], ir.Value] = {}
        self.problems = Problems()
        self.passed = PassedOn(domain=CUSTOM_DOMAIN)

    def add_inputs(self) -> None:
        """Declares the graph's inputs; those asked for as NCHW are transposed back to what the graph takes."""
        names = input_names(self.model, self.options.rename_inputs)
        nchw = matching(self.model.inputs, self.options.inputs_as_nchw, "input")
        for tensor, name in zip(self.model.inputs, names, strict=True):
            shape = named_dims(tensor, name, alone=len(names) == 1)
            dtype = ir.TensorType(dtype_from_number(tensor.dtype))
            value = ir.Value(name=name, shape=None if shape is None else ir.Shape(shape), type=dtype)
            self.op.names.reserve(name)
            self.graph.inputs.append(value)
            self.values[tensor.tensor] = value
            if tensor.name not in nchw:
                continue
            if shape is None or len(shape) < 3:
                raise ConversionError(f"input {name!r} cannot be NCHW: its shape is {format_shape(shape)}")
            value.shape = ir.Shape((shape[0], shape[-1], *shape[1:-1]))
            self.values[tensor.tensor] = self.op.transpose(value, [0, *range(2, len(shape)), 1])

    def add_outputs(self) -> None:
        """Declares the graph's outputs under the source's names with the source's static shapes."""
        taken_names = [value.name or "" for value in self.graph.inputs]
        names = output_names(self.model, self.options.rename_outputs, taken_names)
        nchw = matching(self.model.outputs, self.options.outputs_as_nchw, "output")
        taken: set[ir.Value] = set(self.graph.inputs)
        for tensor, name in zip(self.model.outputs, names, strict=True):
            value = self.values.get(tensor.tensor)
            if value is None:
                raise ConversionError(f"output {name!r}: nothing computes {tensor.tensor!r}")
            if not isinstance(value, ir.Value):
                raise ConversionError(f"output {name!r} is not a tensor but a {type(value).__name__}")
            shape: tuple[Dim, ...] | None = tensor.shape
            if tensor.name in nchw:
                rank = self.op.rank(value) or (len(shape) if shape is not None else 0)
                value = self.op.transpose(value, [0, rank - 1, *range(1, rank - 1)])
                shape = None if shape is None else (shape[0], shape[-1], *shape[1:-1])
            if value in taken or value.producer() is None:
                value = self.op.Identity(value)
            taken.add(value)
            self._name_output(value, name, shape)
            self.graph.outputs.append(value)

    def _name_output(self, value: ir.Value, name: str, shape: tuple[Dim, ...] | None) -> None:
        self._free_name(name, value)
        value.name = name
        self.op.dtype(value)
        inferred = self.op.shape(value)
        if shape is None or (inferred is not None and len(inferred) != len(shape)):
            return
        known = inferred if inferred is not None else (None,) * len(shape)
        value.shape = ir.Shape(
            [mine if mine is not None else theirs for mine, theirs in zip(known, shape, strict=True)]
        )

    def _free_name(self, name: str, owner: ir.Value) -> None:
        """Renames any other value called ``name``; nodes may share it, they have names of their own."""
        made = (value for node in all_nodes(self.graph) for value in node.outputs)
        for other in [*self.graph.initializers.values(), *made]:
            if other.name == name and other is not owner:
                other.name = self.op.names.unique(name)

    def finish(self) -> ir.Model:
        """The model, with its IR version."""
        imports = self.graph.opset_imports
        for node in all_nodes(self.graph):
            if node.domain and node.domain not in imports:
                imports[node.domain] = 3 if node.domain == ONNX_ML_DOMAIN else 1
        return ir.Model(self.graph, ir_version=ir_version_for(dict(imports)), producer_name="modelwright")

    def run(
        self,
        nodes: Sequence[Any],
        values: dict[str, Converted],
        op: TensorFlowBuilder,
        wanted: Sequence[str],
        function: str = "",
    ) -> None:
        """Converts nodes in order, adding their outputs to ``values`` as ``name:index``.

        Args:
            nodes: NodeDefs in topological order.
            values: The tensors known so far.
            op: Emits what they become.
            wanted: References of the results.
            function: The function whose body they are; empty for the graph.
        """
        used = used_outputs(nodes, wanted)
        for node in nodes:
            if f"{node.name}:0" in values:
                continue
            inputs = [values.get(tensor_name(name)) for name in node.input if not name.startswith("^")]
            if node.op == "Const":
                with contradictions(node.op, node.name):
                    values[f"{node.name}:0"] = self._constant(node, op, function)
                continue
            if not self._supported(node) or any(item is None for item in inputs):
                continue
            try:
                with contradictions(node.op, node.name):
                    outputs = self._convert(node, inputs, op, used.get(node.name, 1))
            except RecordedFault:
                continue
            except ConversionError as error:
                outputs = self._pass_on(node, inputs, op, error)
                if outputs is None:
                    self.problems.add(error)
                    continue
            for index, output in enumerate(outputs):
                values[f"{node.name}:{index}"] = output
            name_results(op, node.name, outputs)

    def _supported(self, node: Any) -> bool:
        if node.op in self.options.custom_ops or self.operators.find(node.op) is not None:
            return True
        if self.options.continue_on_error:
            self.passed.add_unsupported(node.op, node.name)
            return True
        self.problems.add_unsupported(node.op, node.name)
        return False

    def _convert(self, node: Any, inputs: list[Any], op: TensorFlowBuilder, outputs: int) -> list[Converted]:
        attributes = self._attributes(node)
        dtypes = {name: value for name, value in attributes.items() if isinstance(value, ir.DataType)}
        op.node = NodeContext(name=node.name, op_type=node.op, outputs=outputs, dtypes=dtypes)
        with op.at(node.name):
            if node.op in self.options.custom_ops or node.op in self.passed.types:
                domain = self.options.custom_ops.get(node.op, CUSTOM_DOMAIN)
                return emit_custom(op, inputs, attributes, domain, self.model.op_outputs.types(node))
            operator = self.operators.find(node.op)
            if operator is None:
                raise ConversionError(f"no converter for {node.op}", node=node.name)
            kept = {
                name: value
                for name, value in attributes.items()
                if name in operator.attributes or not is_type_parameter(name)
            }
            arguments = operator.bind(kept, len(inputs), node=node.name)
            result = operator.function(op, *inputs, **arguments)
        return list(result) if isinstance(result, tuple | list) else [result]

    def _attributes(self, node: Any) -> dict[str, Any]:
        """The node's attributes but those with an underscore, in which TensorFlow keeps notes to itself."""
        return {name: decode(value, self.model.spans) for name, value in node.attr.items() if not name.startswith("_")}

    def _pass_on(
        self, node: Any, inputs: list[Any], op: TensorFlowBuilder, reason: ConversionError
    ) -> list[Converted] | None:
        """The node as a custom operator, if that was asked for and its inputs and attributes can be carried."""
        if not self.options.continue_on_error:
            return None
        try:
            with op.at(node.name):
                result = emit_custom(
                    op, inputs, self._attributes(node), CUSTOM_DOMAIN, self.model.op_outputs.types(node)
                )
        except ConversionError:
            return None
        self.passed.add_failed(node.op, node.name, reason)
        return result

    def convert_function(self, name: str, arguments: Sequence[Converted], op: TensorFlowBuilder) -> list[Converted]:
        """Converts the body of a library function with ``op`` and returns its results in order."""
        function = self.functions.get(name)
        if function is None:
            raise ConversionError(f"the graph's library has no function {name!r}")
        values: dict[str, Converted] = {}
        for argument, value in zip(function.signature.input_arg, arguments, strict=True):
            values[f"{argument.name}:0"] = value
        outer = op.node
        returned = [tensor_name(function.ret[item.name]) for item in function.signature.output_arg]
        self.run(function.node_def, values, op, returned, name)
        op.node = outer
        results = [values.get(reference) for reference in returned]
        if any(item is None for item in results):
            known = bool(self.problems)
            message = f"{outer.op_type} {outer.name!r}: the body of {name!r} cannot be converted"
            raise (RecordedFault if known else ConversionError)(message, node=outer.name)
        return list(results)

    def view_function(self, name: str) -> FunctionView:
        """A library function as the source wrote it.

        Raises:
            ConversionError: The library lacks it.
        """
        function = self.functions.get(name)
        if function is None:
            raise ConversionError(f"the graph's library has no function {name!r}")
        return FunctionView(function, self.model.spans, to_numpy)

    def _constant(self, node: Any, op: TensorFlowBuilder, function: str) -> ir.Value:
        """The value of a Const; one in a function that is converted several times stays one."""
        key = (function, node.name)
        if key not in self.constants:
            self.constants[key] = _constant(op, node, self.model.spans)
        return self.constants[key]


def _constant(op: TensorFlowBuilder, node: Any, spans: SpanStore) -> ir.Value:
    array = to_numpy(node.attr["value"].tensor, spans)
    if array.nbytes <= 64 and array.dtype.kind != "O":
        with op.at(node.name):
            return op.constant(array)
    if array.dtype.kind == "O":
        return op.constant(array, name=node.name)
    return op.initializer(ir.Tensor(array, dtype=dtype_of(array)), name=node.name)
