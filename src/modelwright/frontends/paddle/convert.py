"""Turns a Paddle model into a hub model, one operator after the other.

Everything that cannot be converted is collected and reported at once. Nodes are named after the first output of the
operator they come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.errors import ConversionError, UnsupportedError
from modelwright.formats import Dim
from modelwright.frontends.contradictions import contradictions
from modelwright.frontends.paddle.builder import Converted, OperatorContext, PaddleBuilder
from modelwright.frontends.paddle.interface import Interface
from modelwright.frontends.paddle.listing import listed, names_read, operand_names
from modelwright.frontends.paddle.meaningless import meaningful
from modelwright.frontends.paddle.model import (
    Joined,
    Literal,
    Operand,
    PaddleBlock,
    PaddleModel,
    PaddleOperator,
    Result,
)
from modelwright.frontends.paddle.operators import paddle_operators
from modelwright.frontends.paddle.precision import SINGLE_ONLY, narrowed, widened
from modelwright.hub.names import NameScope
from modelwright.hub.opset import ir_version_for
from modelwright.hub.subgraphs import all_nodes

_START: Final = PaddleOperator(op_type="input", source="input", name="", inputs=(), outputs=())


class Scope:
    """The tensors known in a block, with those of the blocks around it."""

    def __init__(self, outer: Scope | None = None) -> None:
        self.values: dict[str, Converted] = {}
        self.outer = outer

    def find(self, name: str) -> Converted | None:
        """What a tensor became, or None."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.outer
        return None


def convert_model(model: PaddleModel, interface: Interface, *, opset: int) -> ir.Model:
    """Converts a model.

    Args:
        model: What the readers gave.
        interface: Inputs and outputs with their names and shapes.
        opset: Version of the default domain to write.

    Returns:
        A hub model, not optimized.

    Raises:
        UnsupportedError: Operators cannot be converted; all of them are listed.
        OpsetTooLow: An operator needs a newer opset.
    """
    conversion = _Conversion(model, opset=opset)
    conversion.add_inputs(interface)
    conversion.run(model.program.block, conversion.scope, conversion.op)
    conversion.raise_problems()
    conversion.add_outputs(interface)
    return conversion.finish()


class _Conversion:
    """One run of ``convert_model``."""

    def __init__(self, model: PaddleModel, *, opset: int) -> None:
        self.model = model
        self.tensors = model.program.tensors
        self.used = frozenset(names_read(model.program.block)) | {port.tensor for port in model.program.outputs}
        self.graph = ir.Graph([], [], nodes=[], opset_imports={"": opset}, name="main_graph")
        self.op = PaddleBuilder(self.graph, opset, names=NameScope())
        self.op.node = OperatorContext(operator=_START)
        self.op.said = {}
        self.op.convert_block = self.convert_block
        self.operators = paddle_operators()
        self.scope = Scope()
        self.current = self.scope
        self.unsupported: dict[str, dict[str, None]] = {}
        self.problems: list[ConversionError] = []

    def add_inputs(self, interface: Interface) -> None:
        """Declares the model's inputs."""
        for item in interface.inputs:
            self.op.names.reserve(item.name)
            value = ir.Value(name=item.name, shape=ir.Shape(item.shape), type=ir.TensorType(item.dtype))
            self.graph.inputs.append(value)
            self.scope.values[item.tensor] = value

    def add_outputs(self, interface: Interface) -> None:
        """Declares the model's outputs."""
        taken: set[ir.Value] = set(self.graph.inputs)
        for port in interface.outputs:
            value = self.value(port.tensor, self.scope)
            if not isinstance(value, ir.Value):
                raise ConversionError(f"output {port.name!r} is computed by no operator")
            if value in taken or value.producer() is None:
                value = self.op.Identity(value)
            taken.add(value)
            self._name_output(value, port.name)
            with contradictions("output", port.name):
                self.op.dtype(value)
            self._complete_shape(value, port.shape)
            self.graph.outputs.append(value)

    def _complete_shape(self, value: ir.Value, told: tuple[Dim, ...] | None) -> None:
        """Takes the rank that the file tells where inference knows none.

        Never its sizes: Paddle 2 writes the number of candidates as the number of rows that suppression keeps.
        """
        if told is not None and self.op.shape(value) is None:
            value.shape = ir.Shape([None] * len(told))

    def _name_output(self, value: ir.Value, name: str) -> None:
        made = (item for node in all_nodes(self.graph) for item in node.outputs)
        for other in [*self.graph.initializers.values(), *made]:
            if other.name == name and other is not value:
                other.name = self.op.names.unique(name)
        value.name = name
        self.op.names.reserve(name)

    def finish(self) -> ir.Model:
        """The model, with its IR version."""
        imports = dict(self.graph.opset_imports)
        return ir.Model(self.graph, ir_version=ir_version_for(imports), producer_name="modelwright")

    def run(self, block: PaddleBlock, scope: Scope, op: PaddleBuilder) -> None:
        """Converts the operators of a block in order."""
        for operator in block.operators:
            if self.operators.find(operator.op_type) is None:
                self.unsupported.setdefault(operator.source, {})[operator.name] = None
                continue
            if not self._ready(operator, scope):
                continue
            self.current = scope
            op.node = OperatorContext(operator=operator, tensors=self.tensors, used=self.used)
            try:
                with op.at(operator.name), contradictions(operator.source, operator.name):
                    self._keep(operator, scope, self._convert(operator, scope, op))
            except _BodyError:
                continue
            except ConversionError as error:
                if all(error.message != known.message for known in self.problems):
                    self.problems.append(error)

    def _ready(self, operator: PaddleOperator, scope: Scope) -> bool:
        """Whether all inputs are known; those that are not hang on an operator that could not be converted."""
        missing = [name for name in operand_names(operator.inputs) if self.value(name, scope) is None]
        missing = [name for name in missing if not self._is_empty_array(name)]
        if missing and not self.unsupported and not self.problems:
            message = (
                f"{operator.source} {operator.name!r}: its input {missing[0]!r} is computed by no operator before it"
            )
            hint = "the program is cyclic, cut or damaged: export it again"
            self.problems.append(ConversionError(message, node=operator.name, hint=hint))
        return not missing

    def _is_empty_array(self, name: str) -> bool:
        said = self.tensors.get(name)
        return said is not None and said.array

    def _convert(
        self, operator: PaddleOperator, scope: Scope, op: PaddleBuilder
    ) -> Converted | tuple[Converted | None, ...] | None:
        converter = self.operators.find(operator.op_type)
        if converter is None:
            raise op.fail("no converter")
        given = [self._operand(item, scope, op) for item in operator.inputs]
        while given and given[-1] is None:
            given.pop()
        attributes = meaningful(operator, converter)
        arguments = converter.bind(attributes, len(given), node=operator.name)
        if operator.op_type not in SINGLE_ONLY:
            return converter.function(op, *given, **arguments)
        given, changed = narrowed(op, given)
        result = converter.function(op, *given, **arguments)
        return widened(op, result if isinstance(result, tuple) else (result,)) if changed else result

    def _operand(self, operand: Operand, scope: Scope, op: PaddleBuilder) -> Converted | None:
        if operand is None or isinstance(operand, str):
            return None if operand is None else self.value(operand, scope)
        if isinstance(operand, Literal):
            return op.constant(operand.array)
        names = operand.names if isinstance(operand, Joined) else operand
        values = [value for name in names if isinstance(value := self.value(name, scope), ir.Value)]
        return op.joined(values) if isinstance(operand, Joined) else values

    def _keep(
        self,
        operator: PaddleOperator,
        scope: Scope,
        result: Converted | tuple[Converted | None, ...] | None,
    ) -> None:
        """Takes an operator's results as the tensors it makes."""
        results: tuple[Converted | None, ...] = result if isinstance(result, tuple) else (result,)
        for output, made in zip(operator.outputs, results, strict=False):
            if made is None or output is None:
                continue
            for name, value in self._pairs(operator, output, made):
                if isinstance(value, ir.Value):
                    self._note(name, value)
                scope.values[name] = value

    def _pairs(self, operator: PaddleOperator, output: Result, made: Converted) -> list[tuple[str, Converted]]:
        if isinstance(output, str):
            return [(output, made)]
        values = made if isinstance(made, list) else [made]
        if output is None or len(output) != len(values):
            raise ConversionError(
                f"{operator.source} {operator.name!r} gives {len(values)} tensors where the program expects "
                f"{len(output or ())}",
                node=operator.name,
            )
        return list(zip(output, values, strict=True))

    def _note(self, name: str, value: ir.Value) -> None:
        """Remembers what the file says of a value."""
        said = self.tensors.get(name)
        if said is not None:
            self.op.said.setdefault(value, said)

    def value(self, name: str, scope: Scope) -> Converted | None:
        """What a tensor became; weights are made in the main graph when first asked for."""
        found = scope.find(name)
        if found is not None or name not in self.model.weights:
            return found
        array = self.model.weights[name]
        dtype = ir.DataType.from_numpy(array.dtype.newbyteorder("=") if array.dtype.kind in "iufc" else array.dtype)
        value = self.op.initializer(ir.Tensor(np.asarray(array), dtype=dtype), name=name)
        self.scope.values[name] = value
        return value

    def convert_block(self, block: PaddleBlock, arguments: Sequence[Converted], op: PaddleBuilder) -> list[Converted]:
        """Converts the body of a branch or a loop with ``op`` and returns its results in order."""
        scope = Scope(self.current)
        scope.values.update(zip(block.arguments, arguments, strict=True))
        outer, current = op.node, self.current
        self.run(block, scope, op)
        op.node, self.current = outer, current
        found = [self._operand(item, scope, op) for item in block.results]
        results = [item for item in found if item is not None]
        if len(found) != len(results):
            known = bool(self.unsupported or self.problems)
            message = f"{outer.operator.source} {outer.operator.name!r}: its body cannot be converted"
            raise (_BodyError if known else ConversionError)(message, node=outer.operator.name)
        return results

    def raise_problems(self) -> None:
        """Raises everything found wrong, as one error."""
        if not self.unsupported and not self.problems:
            return
        if not self.unsupported and len(self.problems) == 1:
            raise self.problems[0]
        kinds = len(self.unsupported)
        what = (
            f"{kinds} operator type{'s' * (kinds > 1)} not supported" if kinds else "operators that cannot be converted"
        )
        raise UnsupportedError(
            f"the model has {what}:",
            items=[*listed(self.unsupported), *(error.message for error in self.problems)],
            hint="docs/paddle.md lists what converts; save the model without these operators, or report them",
        )


class _BodyError(ConversionError):
    """A body cannot be converted for reasons that are known already."""
