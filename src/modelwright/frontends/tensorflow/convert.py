"""Turns a frozen TensorFlow graph into a hub model, one node after the other.

Everything that cannot be converted is collected and reported at once. Layers keep their names: the node that makes a
layer's output bears the layer's name, its output ``name:0``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import onnx_ir as ir

from modelwright.errors import ConversionError, UnsupportedError
from modelwright.formats import Dim
from modelwright.frontends.tensorflow.attributes import decode, dtype_from_number, is_type_parameter
from modelwright.frontends.tensorflow.builder import Converted, LookupTable, NodeContext, TensorFlowBuilder
from modelwright.frontends.tensorflow.constants import to_numpy
from modelwright.frontends.tensorflow.interface import matching, named_dims, renamed
from modelwright.frontends.tensorflow.operators import tensorflow_operators
from modelwright.frontends.tensorflow.reader import TensorFlowModel
from modelwright.hub.dtypes import dtype_of
from modelwright.hub.names import NameScope
from modelwright.hub.opset import ONNX_ML_DOMAIN, ir_version_for
from modelwright.schemas.wire import SpanStore

CUSTOM_DOMAIN = "ai.onnx.converters.tensorflow"
"""Domain of custom operators for which none is given, as in tf2onnx."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertOptions:
    """What the user may ask of a conversion.

    Attributes:
        opset: Version of the default domain to write.
        inputs_as_nchw: Inputs that the ONNX model takes as NCHW though the source takes NHWC.
        outputs_as_nchw: Outputs that the ONNX model gives as NCHW though the source gives NHWC.
        rename_inputs: Names for the inputs, in order; empty keeps them.
        rename_outputs: Names for the outputs, in order; empty keeps them.
        custom_ops: Operator to domain: these become nodes of that domain as they are.
        extra_opsets: Further domains to import, with their versions.
    """

    opset: int
    inputs_as_nchw: tuple[str, ...] = ()
    outputs_as_nchw: tuple[str, ...] = ()
    rename_inputs: tuple[str, ...] = ()
    rename_outputs: tuple[str, ...] = ()
    custom_ops: Mapping[str, str] = field(default_factory=dict[str, str])
    extra_opsets: Mapping[str, int] = field(default_factory=dict[str, int])


def convert_graph(model: TensorFlowModel, options: ConvertOptions) -> ir.Model:
    """Converts a frozen, pruned graph.

    Args:
        model: What the reader gave.
        options: What the user asked for.

    Returns:
        A hub model, not optimized, whose inputs and outputs have the source's names and static shapes.

    Raises:
        UnsupportedError: Operators or nodes cannot be converted; all of them are listed.
        UnknownNameError: An option names an input or output that is not there.
    """
    conversion = _Conversion(model, options)
    conversion.add_inputs()
    conversion.run(model.graph.node, conversion.values, conversion.op)
    conversion.raise_problems()
    conversion.add_outputs()
    return conversion.finish()


class _Conversion:
    """One run of ``convert_graph``: the graph in the making, the tensors known so far and the problems found."""

    def __init__(self, model: TensorFlowModel, options: ConvertOptions) -> None:
        self.model = model
        self.options = options
        imports = {"": options.opset, **options.extra_opsets}
        self.graph = ir.Graph([], [], nodes=[], opset_imports=imports, name="main_graph")
        self.op = TensorFlowBuilder(self.graph, options.opset, names=NameScope())
        self.op.tables = {
            name: LookupTable(keys=keys, values=values) for name, (keys, values) in sorted(model.tables.items())
        }
        self.op.convert_function = self.convert_function
        self.op.node = NodeContext()
        self.values: dict[str, Converted] = {}
        self.functions = {function.signature.name: function for function in model.graph.library.function}
        self.operators = tensorflow_operators()
        self.unsupported: dict[str, list[str]] = {}
        self.problems: list[ConversionError] = []

    def add_inputs(self) -> None:
        """Declares the graph's inputs; those asked for as NCHW are transposed back to what the graph takes."""
        names = renamed(self.model.inputs, self.options.rename_inputs, "input")
        nchw = matching(self.model.inputs, self.options.inputs_as_nchw, "input")
        for tensor, name in zip(self.model.inputs, names, strict=True):
            shape = named_dims(tensor, name, alone=len(names) == 1)
            as_nchw = tensor.name in nchw
            if as_nchw and (shape is None or len(shape) < 3):
                raise ConversionError(f"input {name!r} cannot be NCHW: its shape is {shape}")
            if as_nchw and shape is not None:
                shape = (shape[0], shape[-1], *shape[1:-1])
            self.op.names.reserve(name)
            value = ir.Value(
                name=name,
                shape=None if shape is None else ir.Shape(shape),
                type=ir.TensorType(dtype_from_number(tensor.dtype)),
            )
            self.graph.inputs.append(value)
            rank = 0 if shape is None else len(shape)
            self.values[tensor.tensor] = self.op.transpose(value, [0, *range(2, rank), 1]) if as_nchw else value

    def add_outputs(self) -> None:
        """Declares the graph's outputs under the source's names with the source's static shapes."""
        names = renamed(self.model.outputs, self.options.rename_outputs, "output")
        nchw = matching(self.model.outputs, self.options.outputs_as_nchw, "output")
        taken: set[ir.Value] = set(self.graph.inputs)
        for tensor, name in zip(self.model.outputs, names, strict=True):
            value = self.values[tensor.tensor]
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
        if value.name != name:
            value.name = self.op.names.unique(name)
        self.op.dtype(value)
        inferred = self.op.shape(value)
        if shape is None or (inferred is not None and len(inferred) != len(shape)):
            return
        known = inferred if inferred is not None else (None,) * len(shape)
        value.shape = ir.Shape(
            [mine if mine is not None else theirs for mine, theirs in zip(known, shape, strict=True)]
        )

    def finish(self) -> ir.Model:
        """The model, with its IR version."""
        imports = self.graph.opset_imports
        for node in ir.traversal.RecursiveGraphIterator(self.graph):
            if node.domain and node.domain not in imports:
                imports[node.domain] = 3 if node.domain == ONNX_ML_DOMAIN else 1
        return ir.Model(self.graph, ir_version=ir_version_for(dict(imports)), producer_name="modelwright")

    def run(self, nodes: Sequence[Any], values: dict[str, Converted], op: TensorFlowBuilder) -> None:
        """Converts nodes in order, adding their outputs to ``values`` as ``name:index``."""
        used = _used_outputs(nodes, [tensor.tensor for tensor in self.model.outputs])
        for node in nodes:
            if f"{node.name}:0" in values:
                continue
            inputs = [values.get(_tensor_name(name)) for name in node.input if not name.startswith("^")]
            if node.op == "Const":
                values[f"{node.name}:0"] = _constant(op, node, self.model.spans)
                continue
            if not self._supported(node) or any(item is None for item in inputs):
                continue
            try:
                outputs = self._convert(node, inputs, op, used.get(node.name, 1))
            except ConversionError as error:
                self.problems.append(error)
                continue
            for index, output in enumerate(outputs):
                values[f"{node.name}:{index}"] = output
            _name_results(op, node.name, outputs)

    def _supported(self, node: Any) -> bool:
        if node.op in self.options.custom_ops or self.operators.find(node.op) is not None:
            return True
        self.unsupported.setdefault(node.op, []).append(node.name)
        return False

    def _convert(self, node: Any, inputs: list[Any], op: TensorFlowBuilder, outputs: int) -> list[Converted]:
        attributes = {name: decode(value, self.model.spans) for name, value in node.attr.items()}
        dtypes = {name: value for name, value in attributes.items() if isinstance(value, ir.DataType)}
        shapes = attributes.get("_output_shapes") or []
        op.node = NodeContext(name=node.name, op_type=node.op, outputs=outputs, dtypes=dtypes, shapes=shapes)
        with op.at(node.name):
            if node.op in self.options.custom_ops:
                return self._custom(node, inputs, attributes, op)
            operator = self.operators.find(node.op)
            if operator is None:
                raise ConversionError(f"no converter for {node.op}", node=node.name)
            kept = {
                name: value
                for name, value in attributes.items()
                if name in operator.attributes or not (name.startswith("_") or is_type_parameter(name))
            }
            arguments = operator.bind(kept, len(inputs), node=node.name)
            result = operator.function(op, *inputs, **arguments)
        return list(result) if isinstance(result, tuple | list) else [result]

    def _custom(
        self, node: Any, inputs: list[Any], attributes: dict[str, Any], op: TensorFlowBuilder
    ) -> list[Converted]:
        domain = self.options.custom_ops[node.op]
        plain = {
            name: int(value) if isinstance(value, ir.DataType) else value
            for name, value in attributes.items()
            if not name.startswith("_") and isinstance(value, int | float | str | ir.DataType)
        }
        result = op.emit(node.op, inputs, plain, outputs=op.node.outputs, domain=domain)
        return list(result) if isinstance(result, tuple) else [result]

    def convert_function(self, name: str, arguments: Sequence[Converted], op: TensorFlowBuilder) -> list[Converted]:
        """Converts the body of a library function with ``op`` and returns its results in order."""
        function = self.functions.get(name)
        if function is None:
            raise ConversionError(f"the graph's library has no function {name!r}")
        values: dict[str, Converted] = {}
        for argument, value in zip(function.signature.input_arg, arguments, strict=True):
            values[f"{argument.name}:0"] = value
        outer = op.node
        self.run(function.node_def, values, op)
        op.node = outer
        results = [values.get(_tensor_name(function.ret[item.name])) for item in function.signature.output_arg]
        if any(item is None for item in results):
            raise ConversionError(f"the body of {name!r} cannot be converted", node=outer.name)
        return list(results)

    def raise_problems(self) -> None:
        """Raises everything found wrong, as one error."""
        if not self.unsupported and not self.problems:
            return
        items = [
            f"{op_type} ({len(nodes)} node{'s' * (len(nodes) > 1)}): {', '.join(nodes[:3])}{', ...' * (len(nodes) > 3)}"
            for op_type, nodes in sorted(self.unsupported.items())
        ]
        if not items and len(self.problems) == 1:
            raise self.problems[0]
        items += [error.message for error in self.problems]
        kinds = len(self.unsupported)
        what = f"{kinds} operator type{'s' * (kinds > 1)} not supported" if kinds else "nodes that cannot be converted"
        raise UnsupportedError(
            f"the model has {what}:",
            items=items,
            hint="cut the graph before these nodes with --outputs, or pass them through with --custom-ops Op:domain",
        )


def _constant(op: TensorFlowBuilder, node: Any, spans: SpanStore) -> Converted:
    array = to_numpy(node.attr["value"].tensor, spans)
    if array.nbytes <= 64 and array.dtype.kind != "O":
        with op.at(node.name):
            return op.constant(array)
    if array.dtype.kind == "O":
        return op.constant(array, name=node.name)
    return op.initializer(ir.Tensor(array, dtype=dtype_of(array)), name=node.name)


def _name_results(op: TensorFlowBuilder, name: str, outputs: Sequence[Converted]) -> None:
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


def _tensor_name(reference: str) -> str:
    """``node``, ``node:1`` or a function's ``node:output:1`` as ``node:1``.

    In function bodies an output is ``node:argument:index``; the reader has already turned the argument's name and
    index into a flat index, so that only ``node:index`` and ``argument`` appear.
    """
    return reference if ":" in reference else f"{reference}:0"


def _used_outputs(nodes: Sequence[Any], wanted: Sequence[str]) -> dict[str, int]:
    used: Counter[str] = Counter()
    references = [_tensor_name(name) for node in nodes for name in node.input if not name.startswith("^")]
    for reference in [*references, *wanted]:
        name, _, index = reference.rpartition(":")
        used[name] = max(used[name], int(index) + 1)
    return used
