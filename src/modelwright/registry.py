"""The one operator registry: converters found by walking an ops package, their signatures read as schemas.

A converter's positional parameters are tensors; its keyword-only parameters are attributes, with the defaults of the
SOURCE framework. What is neither declared nor listed as ignored is an error: no attribute is dropped in silence.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from modelwright.errors import ConversionError, InternalError

Converter = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A converter with what its signature says.

    Attributes:
        op_type: The operator's name in the source framework.
        function: The converter; its first parameter is the builder.
        min_inputs: Number of tensors without a default.
        max_inputs: Number of positional tensors, or None when it takes ``*tensors``.
        attributes: Names of the keyword-only parameters.
        required: Those of them without a default.
        ignores: Attributes that carry no meaning for the result.
    """

    op_type: str
    function: Converter
    min_inputs: int
    max_inputs: int | None
    attributes: frozenset[str]
    required: frozenset[str]
    ignores: frozenset[str]

    def bind(self, attributes: Mapping[str, Any], inputs: int, *, node: str) -> dict[str, Any]:
        """Checks a node against the signature and gives the keyword arguments to call the converter with.

        Args:
            attributes: The node's attributes, decoded.
            inputs: How many input tensors the node has.
            node: The node's name, for messages.

        Raises:
            ConversionError: An attribute is unknown or missing, or the number of inputs does not fit.
        """
        unknown = sorted(name for name in attributes if name not in self.attributes and name not in self.ignores)
        if unknown:
            raise ConversionError(
                f"{self.op_type} {node!r} has attributes this converter does not know: {', '.join(unknown)}",
                hint="the model was made by a newer or modified framework; report the operator and its attributes",
                node=node,
            )
        missing = sorted(name for name in self.required if name not in attributes)
        if missing:
            raise ConversionError(f"{self.op_type} {node!r} lacks the attributes {', '.join(missing)}", node=node)
        if inputs < self.min_inputs or (self.max_inputs is not None and inputs > self.max_inputs):
            raise ConversionError(f"{self.op_type} {node!r} has {inputs} inputs, a number it cannot have", node=node)
        return {name: value for name, value in attributes.items() if name in self.attributes}


@dataclass(frozen=True, slots=True)
class OperatorRegistry:
    """The operators of one source framework, filled by decorators when its ops package is walked."""

    source: str
    operators: dict[str, Operator] = field(default_factory=dict[str, Operator])

    def register(self, *op_types: str, ignores: tuple[str, ...] = ()) -> Callable[[Converter], Converter]:
        """Registers the decorated function as the converter of ``op_types``.

        Args:
            op_types: Names in the source framework that share this converter.
            ignores: Attributes that carry no meaning for the result.
        """

        def decorate(function: Converter) -> Converter:
            for op_type in op_types:
                if op_type in self.operators:
                    raise InternalError(f"{self.source} operator {op_type} is registered twice")
                self.operators[op_type] = _describe(op_type, function, ignores)
            return function

        return decorate

    def load(self, package: str) -> OperatorRegistry:
        """Imports every module of ``package`` so that its converters register themselves, and returns the registry."""
        module = importlib.import_module(package)
        for info in sorted(pkgutil.iter_modules(module.__path__), key=lambda item: item.name):
            importlib.import_module(f"{package}.{info.name}")
        return self

    def find(self, op_type: str) -> Operator | None:
        """The operator of that name, or None."""
        return self.operators.get(op_type)


def _describe(op_type: str, function: Converter, ignores: tuple[str, ...]) -> Operator:
    parameters = list(inspect.signature(function).parameters.values())[1:]
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    keyword = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
    return Operator(
        op_type=op_type,
        function=function,
        min_inputs=sum(p.default is p.empty for p in positional),
        max_inputs=None if variadic else len(positional),
        attributes=frozenset(p.name for p in keyword),
        required=frozenset(p.name for p in keyword if p.default is p.empty),
        ignores=frozenset(ignores),
    )
