"""The builder that TensorFlow converters get: ONNX operators plus TensorFlow's layouts and the node at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.errors import ConversionError
from modelwright.frontends.tensorflow.function_view import FunctionView
from modelwright.hub.emitters import OpsetBuilder

Converted = ir.Value | object
"""What a TensorFlow tensor became: a value, or an object (table, tensor list) that only some operators understand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupTable:
    """A hash table with its initial contents.

    Attributes:
        keys: 1-D array of keys; object array of bytes for strings.
        values: 1-D array of values, as long as ``keys``.
    """

    keys: np.ndarray
    values: np.ndarray


@dataclass(slots=True, kw_only=True)
class NodeContext:
    """The node being converted.

    Attributes:
        name: Its name.
        op_type: Its operator.
        outputs: How many output tensors it has (the highest one used, plus one).
        dtypes: Type attributes by name (``T``, ``Tidx``, ...), whether or not the converter declares them.
    """

    name: str = ""
    op_type: str = ""
    outputs: int = 1
    dtypes: dict[str, ir.DataType] = field(default_factory=dict[str, ir.DataType])


class RecordedFault(ConversionError):  # noqa: N818  not what is wrong, only that it is known
    """A function's body has faults, which the conversion knows already."""


class TensorFlowBuilder(OpsetBuilder):
    """``OpsetBuilder`` with what TensorFlow's operators need.

    Attributes:
        node: The node being converted.
        tables: Contents of the lookup tables, by node name.
        convert_function: Converts a library function's body into another graph; set by the conversion. Called as
            ``convert_function(name, arguments, builder)`` it returns the function's results.
        view_function: Gives a library function as the source wrote it, to recognize what it does; set by the
            conversion.
    """

    node: NodeContext
    tables: dict[str, LookupTable]
    convert_function: Callable[[str, Sequence[Converted], TensorFlowBuilder], list[Converted]]
    view_function: Callable[[str], FunctionView]

    def fail(self, reason: str, *, hint: str = "") -> ConversionError:
        """An error about the node at hand, to raise."""
        return ConversionError(f"{self.node.op_type} {self.node.name!r}: {reason}", hint=hint, node=self.node.name)

    def need_constant(self, value: ir.Value, what: str) -> np.ndarray:
        """The array a value always holds.

        Raises:
            ConversionError: It is computed at run time.
        """
        array = self.constant_value(value)
        if array is None:
            raise self.fail(
                f"{what} must be a constant, but {value.name!r} is computed at run time",
                hint="fix the input shapes with --inputs name[...] so that it folds, or cut the graph before this node",
            )
        return array

    def need_rank(self, value: ir.Value) -> int:
        """The number of dimensions.

        Raises:
            ConversionError: It is unknown.
        """
        rank = self.rank(value)
        if rank is None:
            raise self.fail(f"the rank of {value.name!r} is unknown", hint="give its shape with --inputs name[...]")
        return rank

    def channels_first(self, x: ir.Value, data_format: str) -> ir.Value:
        """``x`` as N, C, spatial...; TensorFlow's ``NHWC``, ``NWC`` and ``NDHWC`` are transposed.

        Args:
            x: A tensor laid out as ``data_format`` says.
            data_format: ``NHWC``, ``NCHW``, ``NDHWC``, ``NCDHW``, ``NWC`` or ``NCW``.
        """
        rank = len(data_format)
        return x if data_format[1] == "C" else self.transpose(x, [0, rank - 1, *range(1, rank - 1)])

    def from_channels_first(self, y: ir.Value, data_format: str) -> ir.Value:
        """The opposite of ``channels_first``, for results."""
        rank = len(data_format)
        return y if data_format[1] == "C" else self.transpose(y, [0, *range(2, rank), 1])

    def subgraph_builder(self, graph: ir.Graph) -> TensorFlowBuilder:
        """A builder for the body of an If or a Loop that shares names, constants and knowledge with this one."""
        inner = TensorFlowBuilder(graph, self.opset, names=self.names, shapes=self.shapes, constants=self._constants)
        inner.tables, inner.convert_function, inner.node = self.tables, self.convert_function, self.node
        inner.view_function = self.view_function
        inner._shared = self._shared
        return inner

    def attribute_dtype(self, name: str) -> ir.DataType:
        """A type attribute of the node, such as ``T``.

        SavedModels leave attributes out that have their default. Of the operators converted here those with a default
        for ``T`` (MaxPool, LRN and their kin) all have ``DT_FLOAT``.
        """
        found = self.node.dtypes.get(name)
        if found is None and name == "T":
            return ir.DataType.FLOAT
        if found is None:
            raise self.fail(f"lacks the type attribute {name}")
        return found


def as_value(op: TensorFlowBuilder, item: Any) -> ir.Value:
    """``item`` if it is a tensor.

    Raises:
        ConversionError: It is a table, a tensor list or another resource.
    """
    if isinstance(item, ir.Value):
        return item
    raise op.fail(f"expects a tensor but gets a {type(item).__name__}")
