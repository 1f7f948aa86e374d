"""Turns a TFLite model into a hub model, one operator after the other.

Everything that cannot be converted is collected and reported at once. Nodes are named after the first output of the
operator they come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import onnx_ir as ir

from modelwright.errors import ConversionError, UnsupportedError
from modelwright.formats import Dim
from modelwright.frontends.contradictions import contradictions
from modelwright.frontends.tflite.activations import activate
from modelwright.frontends.tflite.builder import Border, OperatorContext, TFLiteBuilder
from modelwright.frontends.tflite.interface import Interface
from modelwright.frontends.tflite.model import LiteModel, LiteOperator, LiteTensor, Subgraph
from modelwright.frontends.tflite.nesting import Nesting
from modelwright.frontends.tflite.operators import tflite_operators
from modelwright.frontends.tflite.quantization import border_input, border_result, constant_value, is_quantized
from modelwright.hub.names import NameScope
from modelwright.hub.opset import ir_version_for
from modelwright.hub.subgraphs import all_nodes

_MEANINGLESS = frozenset({"asymmetric_quantize_inputs", "quantized_bias_type", "pot_scale_int16"})
"""Options that choose between kernels of the same meaning."""


@dataclass(slots=True, kw_only=True)
class _Scope:
    """The tensors of one subgraph as far as they are known.

    Attributes:
        number: The subgraph's number.
        subgraph: The subgraph.
        values: Real numbers by tensor index.
        stored: Quantized numbers by tensor index, of those that operators made.
    """

    number: int
    subgraph: Subgraph
    values: dict[int, ir.Value] = field(default_factory=dict[int, ir.Value])
    stored: dict[int, ir.Value] = field(default_factory=dict[int, ir.Value])


def convert_model(model: LiteModel, interface: Interface, *, opset: int, dequantize: bool) -> ir.Model:
    """Converts a model.

    Args:
        model: What the reader gave.
        interface: The graph to convert, with its inputs and outputs.
        opset: Version of the default domain to write.
        dequantize: Whether quantized tensors become float32, at the border too.

    Returns:
        A hub model, not optimized.

    Raises:
        UnsupportedError: Operators cannot be converted; all of them are listed.
    """
    conversion = _Conversion(model, opset=opset, dequantize=dequantize)
    scope = conversion.add_inputs(interface)
    conversion.run(scope, conversion.op)
    conversion.raise_problems()
    conversion.add_outputs(interface, scope)
    return conversion.finish()


class _Conversion:
    """One run of ``convert_model``."""

    def __init__(self, model: LiteModel, *, opset: int, dequantize: bool) -> None:
        self.model = model
        self.dequantize = dequantize
        self.graph = ir.Graph([], [], nodes=[], opset_imports={"": opset}, name="main_graph")
        self.op = TFLiteBuilder(self.graph, opset, names=NameScope())
        self.op.node = OperatorContext()
        self.op.border = Border()
        self.op.convert_subgraph = self.convert_subgraph
        self.operators = tflite_operators()
        self.constants: dict[tuple[int, int], ir.Value] = {}
        self.unsupported: dict[str, dict[str, None]] = {}
        self.problems: list[ConversionError] = []
        self.nesting = Nesting()

    def add_inputs(self, interface: Interface) -> _Scope:
        """Declares the model's inputs; quantized ones stay so at the border unless everything is dequantized."""
        scope = _Scope(number=interface.subgraph, subgraph=self.model.subgraphs[interface.subgraph])
        for port in interface.inputs:
            tensor = scope.subgraph.tensors[port.index]
            self.op.names.reserve(port.name)
            dtype = self.border_dtype(tensor)
            shape = input_shape(tensor, port.name, alone=len(interface.inputs) == 1)
            value = ir.Value(name=port.name, shape=ir.Shape(shape), type=ir.TensorType(dtype))
            self.graph.inputs.append(value)
            with self.op.at(port.name):
                self.op.node = OperatorContext(op_type="input", name=port.name)
                scope.values[port.index] = border_input(self.op, tensor, value, dequantize=self.dequantize)
            scope.stored[port.index] = value
        return scope

    def border_dtype(self, tensor: LiteTensor) -> ir.DataType:
        """The dtype of an input or output outside."""
        if tensor.dtype is None:
            raise ConversionError(f"{tensor.name!r} is a resource, which no ONNX model can take or give")
        return ir.DataType.FLOAT if self.dequantize and is_quantized(tensor) else tensor.dtype

    def add_outputs(self, interface: Interface, scope: _Scope) -> None:
        """Declares the model's outputs."""
        taken: set[ir.Value] = set(self.graph.inputs)
        for port in interface.outputs:
            tensor = scope.subgraph.tensors[port.index]
            value = scope.stored.get(port.index) if is_quantized(tensor) and not self.dequantize else None
            value = value if value is not None else self._value(scope, port.index)
            if value is None:
                raise ConversionError(f"output {port.name!r} is computed by no operator")
            if value in taken or value.producer() is None:
                value = self.op.Identity(value)
            taken.add(value)
            self._name_output(value, port.name)
            self.op.dtype(value)
            self._complete_shape(value, tensor)
            self.graph.outputs.append(value)

    def _complete_shape(self, value: ir.Value, tensor: LiteTensor) -> None:
        """What inference leaves open is taken from what the file says."""
        known, told = self.op.shape(value), tensor.signature
        if told is None or (known is not None and len(known) != len(told)):
            return
        if known is None:
            value.shape = ir.Shape(told)
            return
        value.shape = ir.Shape([mine if mine is not None else theirs for mine, theirs in zip(known, told, strict=True)])

    def _name_output(self, value: ir.Value, name: str) -> None:
        made = (item for node in all_nodes(self.graph) for item in node.outputs)
        for other in [*self.graph.initializers.values(), *made]:
            if other.name == name and other is not value:
                other.name = self.op.names.unique(name)
        value.name = name
        self.op.names.reserve(name)

    def finish(self) -> ir.Model:
        """The model, with its IR version."""
        for node in all_nodes(self.graph):
            if node.domain:
                self.graph.opset_imports.setdefault(node.domain, 1)
        imports = dict(self.graph.opset_imports)
        return ir.Model(self.graph, ir_version=ir_version_for(imports), producer_name="modelwright")

    def run(self, scope: _Scope, op: TFLiteBuilder) -> None:
        """Converts the operators of a subgraph in order."""
        for operator in scope.subgraph.operators:
            context = self._context(operator, scope)
            if self.operators.find(operator.name) is None:
                self.unsupported.setdefault(operator.name, {})[context.name] = None
                continue
            if not self._ready(operator, scope, context.name):
                continue
            inputs = [None if index < 0 else self._value(scope, index) for index in operator.inputs]
            op.node = context
            try:
                with op.at(context.name), contradictions(operator.name, context.name):
                    self._keep(operator, scope, self._convert(operator, inputs, op), op)
            except _BodyError:
                continue
            except ConversionError as error:
                if all(error.message != known.message for known in self.problems):
                    self.problems.append(error)

    def _ready(self, operator: LiteOperator, scope: _Scope, name: str) -> bool:
        """Whether all inputs are known; those that are not hang on an operator that could not be converted.

        Variables that no operator writes, the states of recurrent operators, are left to the converter.
        """
        tensors = scope.subgraph.tensors
        missing = [index for index in operator.inputs if index >= 0 and self._value(scope, index) is None]
        unknown = [tensors[index].name for index in missing if not tensors[index].variable]
        if unknown and not self.unsupported and not self.problems:
            message = f"{operator.name} {name!r}: its input {unknown[0]!r} is computed by no operator before it"
            self.problems.append(ConversionError(message, node=name))
        return not unknown

    def _context(self, operator: LiteOperator, scope: _Scope) -> OperatorContext:
        tensors = scope.subgraph.tensors
        outputs = tuple(tensors[index] for index in operator.outputs)
        return OperatorContext(
            op_type=operator.name,
            name=outputs[0].name if outputs else operator.name,
            inputs=tuple(None if index < 0 else tensors[index] for index in operator.inputs),
            outputs=outputs,
            custom_options=operator.custom_options,
        )

    def _convert(
        self, operator: LiteOperator, inputs: Sequence[ir.Value | None], op: TFLiteBuilder
    ) -> Sequence[ir.Value]:
        converter = self.operators.find(operator.name)
        if converter is None:
            raise op.fail("no converter")
        attributes: Mapping[str, object] = {
            name: value
            for name, value in operator.attributes.items()
            if name not in _MEANINGLESS and (name != "fused_activation_function" or name in converter.attributes)
        }
        given = list(inputs)
        while given and given[-1] is None:
            given.pop()
        arguments = converter.bind(attributes, len(given), node=op.node.name)
        result = converter.function(op, *given, **arguments)
        results: list[ir.Value] = list(result) if isinstance(result, tuple | list) else [result]
        if "fused_activation_function" in converter.attributes:
            return results
        return [activate(op, item, operator.attributes.get("fused_activation_function", "NONE")) for item in results]

    def _keep(self, operator: LiteOperator, scope: _Scope, results: Sequence[ir.Value], op: TFLiteBuilder) -> None:
        """Takes an operator's results as the tensors it makes, rounded to the grid of those that are quantized."""
        for index, value in zip(operator.outputs, results, strict=False):
            tensor = scope.subgraph.tensors[index]
            if is_quantized(tensor) and not self.dequantize:
                scope.stored[index], value = border_result(op, tensor, value)
            scope.values[index] = value

    def _value(self, scope: _Scope, index: int) -> ir.Value | None:
        """A tensor's real numbers; constants are made in the main graph when first asked for."""
        if index in scope.values:
            return scope.values[index]
        tensor = scope.subgraph.tensors[index]
        if tensor.data is None:
            return None
        key = (scope.number, index)
        if key not in self.constants:
            with self.op.at(tensor.name):
                self.constants[key] = constant_value(self.op, tensor, tensor.data, dequantize=self.dequantize)
        return self.constants[key]

    def convert_subgraph(self, number: int, arguments: Sequence[ir.Value], op: TFLiteBuilder) -> list[ir.Value]:
        """Converts the body of a branch or a loop with ``op`` and returns its results in order."""
        if not 0 <= number < len(self.model.subgraphs):
            raise ConversionError(f"the model has no graph {number}")
        scope = _Scope(number=number, subgraph=self.model.subgraphs[number])
        scope.values.update(zip(scope.subgraph.inputs, arguments, strict=True))
        outer = op.node
        with self.nesting.inside(number):
            self.run(scope, op)
        op.node = outer
        results = [self._value(scope, index) for index in scope.subgraph.outputs]
        found = [value for value in results if value is not None]
        if len(found) != len(results):
            known = bool(self.unsupported or self.problems)
            message = f"{outer.op_type} {outer.name!r}: the body {scope.subgraph.name!r} cannot be converted"
            raise (_BodyError if known else ConversionError)(message, node=outer.name)
        return found

    def raise_problems(self) -> None:
        """Raises everything found wrong, as one error."""
        if not self.unsupported and not self.problems:
            return
        if not self.unsupported and len(self.problems) == 1:
            raise self.problems[0]
        items = [
            f"{name} ({len(tensors)} operator{'s' * (len(tensors) > 1)}): "
            f"{', '.join(list(tensors)[:3])}{', ...' * (len(tensors) > 3)}"
            for name, tensors in sorted(self.unsupported.items())
        ]
        kinds = len(self.unsupported)
        what = (
            f"{kinds} operator type{'s' * (kinds > 1)} not supported" if kinds else "operators that cannot be converted"
        )
        raise UnsupportedError(
            f"the model has {what}:",
            items=[*items, *(error.message for error in self.problems)],
            nodes=[(op_type, name) for op_type, names in self.unsupported.items() for name in names],
            hint="names starting with Flex are TensorFlow's own operators: convert the SavedModel instead",
        )


class _BodyError(ConversionError):
    """A body cannot be converted for reasons that are known already."""


def input_shape(tensor: LiteTensor, name: str, *, alone: bool) -> tuple[Dim, ...]:
    """The shape with names for open dimensions; ``batch`` for the first one of a model with one input."""
    base = name.rpartition(":")[0] or name
    return tuple(
        dim if dim is not None else "batch" if alone and axis == 0 else f"{base}_dim{axis}"
        for axis, dim in enumerate(tensor.signature or ())
    )
