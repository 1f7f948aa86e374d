"""Emits TFLite operators: types their kernels lack are carried by others, results get their types and shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.kernels import KERNELS, Kernel, carrier
from modelwright.backends.tflite.quantized import quantization_of, set_quantization
from modelwright.backends.tflite.vocabulary import DOMAIN, NUMBERS, OPTIONS
from modelwright.errors import ConversionError, InternalError
from modelwright.formats import Dim
from modelwright.hub.builder import SOURCE_KEY, Tensor
from modelwright.hub.dtypes import dtype_name
from modelwright.hub.emitters import OpsetBuilder
from modelwright.rewrites.context import source_of
from modelwright.rewrites.tensors import derived, same, sizes_of
from modelwright.schemas.tflite.tables import TFLITE

Inputs = Sequence[Tensor | None]
Inferred = tuple[ir.DataType | None, "tuple[Dim, ...] | None"]

_INFINITE: Final = "tflite.infinite"
"""Key of ``value.meta`` that says that infinities are put into a tensor on purpose, as masks are."""

_MOST_LOOKED_AT: Final = 1 << 22


_KEEPING: Final = frozenset("CAST NEG ABS MAXIMUM MINIMUM ADD SUB".split())


def may_be_infinite(value: ir.Value | None) -> bool:
    """Whether a tensor holds infinities that were put there on purpose."""
    if value is None or _INFINITE in value.meta:
        return value is not None and bool(value.meta[_INFINITE])
    tensor = value.const_value
    if (
        tensor is None
        or value.is_graph_input()
        or tensor.size > _MOST_LOOKED_AT
        or not tensor.dtype.is_floating_point()
    ):
        return False
    value.meta[_INFINITE] = bool(np.isinf(tensor.numpy().astype(np.float32)).any())
    return bool(value.meta[_INFINITE])


@dataclass(slots=True, kw_only=True)
class Border:
    """What the conversion keeps for all graphs of a model.

    Attributes:
        notes: What the user should know, each once, in the order found.
        convert_body: Converts a subgraph; set by the conversion.
    """

    notes: dict[str, None] = field(default_factory=dict[str, None])
    convert_body: Callable[[ir.Graph], None] | None = None


class LiteEmitter(OpsetBuilder):
    """``OpsetBuilder`` that emits TFLite operators, too.

    Attributes:
        node: The ONNX node being converted.
        border: Knowledge about the whole model.
    """

    node: ir.Node
    border: Border

    def infer(self, node: ir.Node, options: dict[str, Any]) -> list[Inferred]:
        """Types and shapes of an operator's results, None for what is not known."""
        raise NotImplementedError

    @property
    def constants(self) -> ir.Graph:
        """The graph whose initializers hold constants."""
        return self._constants

    def fail(self, reason: str, *, hint: str = "") -> ConversionError:
        """An error about the node at hand, to raise."""
        return ConversionError(reason, hint=hint, node=source_of(self.node))

    def dtype(self, value: ir.Value) -> ir.DataType:
        """The value's dtype.

        Raises:
            ConversionError: It is no tensor, or not known.
        """
        found = self.shapes.dtype(value)
        if found is None:
            kind = "is not known" if value.type is None or isinstance(value.type, ir.TensorType) else "is no tensor's"
            raise self.fail(f"the type of {value.name!r} {kind}; TFLite has tensors only")
        return found

    def note(self, text: str) -> None:
        """Keeps a sentence for the user."""
        self.border.notes.setdefault(text)

    def cast(self, x: ir.Value, dtype: ir.DataType) -> ir.Value:
        """Casts; a constant becomes another constant."""
        before = self.dtype(x)
        if before is dtype:
            return x
        if x.const_value is not None and not x.is_graph_input():
            kind = dtype.numpy()
            source = ir.LazyTensor(
                lambda: ir.Tensor(cast("ir.TensorProtocol", x.const_value).numpy().astype(kind), dtype=dtype),
                dtype=dtype,
                shape=ir.Shape(list(sizes_of(x.const_value))),
            )
            return self.initializer(derived([source], sizes_of(x.const_value), same), name=x.name or "const")
        if ir.DataType.UINT64 in (before, dtype):
            raise self.fail("TFLite casts neither to nor from uint64", hint="use int64 in the model")
        return cast("ir.Value", self.emit("CAST", [x], {"dtype": dtype}))

    def bitcast(self, x: ir.Value, dtype: ir.DataType) -> ir.Value:
        """The same bits as another type of the same width."""
        if self.dtype(x) is dtype:
            return x
        if x.const_value is not None and not x.is_graph_input():
            return self.constant(x.const_value.numpy().view(dtype.numpy()), name=x.name or "")
        return cast("ir.Value", self.emit("BITCAST", [x], {"dtype": dtype}))

    def first(self, result: ir.Value | tuple[ir.Value, ...]) -> ir.Value:
        """The only result of an operator that was emitted by name."""
        return result[0] if isinstance(result, tuple) else result

    def emit(
        self,
        op_type: str,
        inputs: Inputs,
        attributes: dict[str, Any] | None = None,
        *,
        outputs: int = 1,
        domain: str = "",
    ) -> ir.Value | tuple[ir.Value, ...]:
        """Adds a node; TFLite's operators also take ``shape`` and ``dtype`` of the results among the attributes.

        Raises:
            ConversionError: No kernel takes the type of the data.
        """
        if domain or op_type not in NUMBERS:
            return super().emit(op_type, inputs, attributes, outputs=outputs, domain=domain)
        options = dict(attributes or {})
        values = [self.value(item) for item in inputs]
        kernel = KERNELS.get(op_type)
        if kernel is None:
            return self._lite(op_type, values, options, outputs)
        places = range(len(values)) if kernel.data is None else [place for place in kernel.data if place < len(values)]
        lead = values[places[0]]
        if lead is None:
            raise InternalError(f"{op_type} has no data")
        return self._carried(op_type, values, options, outputs, kernel, places, self.dtype(lead))

    def _carried(
        self,
        op_type: str,
        values: list[ir.Value | None],
        options: dict[str, Any],
        outputs: int,
        kernel: Kernel,
        places: Sequence[int],
        dtype: ir.DataType,
    ) -> ir.Value | tuple[ir.Value, ...]:
        found = carrier(kernel, dtype)
        if found is None:
            raise self.fail(
                f"TFLite's {op_type} has no kernel for {dtype_name(dtype)}", hint="cast to a type it has in the model"
            )
        inner, bits = found
        if inner is dtype:
            return self._lite(op_type, values, options, outputs)
        if dtype is ir.DataType.DOUBLE and not bits:
            self.note("float64 is computed in float32")
        change = self.bitcast if bits else self.cast
        for place in places:
            value = values[place]
            values[place] = None if value is None else change(value, inner)
        result = self._lite(op_type, values, options, outputs)
        if not kernel.same:
            return result
        if isinstance(result, tuple):
            return tuple(change(item, dtype) if self.dtype(item) is inner else item for item in result)
        return change(result, dtype)

    def _lite(
        self, op_type: str, values: list[ir.Value | None], options: dict[str, Any], outputs: int
    ) -> ir.Value | tuple[ir.Value, ...]:
        shape, dtype = options.pop("shape", None), options.pop("dtype", None)
        node = ir.Node(DOMAIN, op_type, values, _attributes(op_type, options), num_outputs=outputs)
        node.name = self.names.unique(f"{self.origin}/{op_type}" if self.origin else op_type)
        node.meta[SOURCE_KEY] = self.origin
        for index, value in enumerate(node.outputs):
            value.name = self.names.unique(f"{node.name}:{index}" if outputs > 1 else node.name)
        if self.before is not None:
            self.graph.insert_before(self.before, node)
        else:
            self.graph.append(node)
        self._learn(node, options, shape, dtype)
        self._mark(node)
        return node.outputs[0] if outputs == 1 else tuple(node.outputs)

    def _mark(self, node: ir.Node) -> None:
        """What integers mean, and infinities, stay where they are moved; the latter also beside what is finite."""
        kernel = KERNELS.get(node.op_type)
        if kernel is not None and kernel.moves and kernel.data is not None and kernel.data[0] < len(node.inputs):
            for value in node.outputs:
                set_quantization(value, quantization_of(node.inputs[kernel.data[0]]))
        keeps = node.op_type in _KEEPING or (kernel is not None and kernel.moves)
        if keeps and any(may_be_infinite(value) for value in node.inputs):
            for value in node.outputs:
                value.meta[_INFINITE] = True

    def _learn(self, node: ir.Node, options: dict[str, Any], shape: Any, dtype: Any) -> None:
        inferred = self.infer(node, options)
        for index, value in enumerate(node.outputs):
            kind, dims = inferred[index] if index < len(inferred) else (None, None)
            if dtype is not None:
                kind = dtype[index] if isinstance(dtype, list) else dtype
            if shape is not None:
                dims = shape[index] if isinstance(shape, list) else shape
            if kind is None:
                raise InternalError(f"the dtype of {node.op_type}'s result is not known", node=self.origin)
            value.type = ir.TensorType(kind)
            value.shape = None if dims is None else ir.Shape(list(dims))


def _attributes(op_type: str, options: dict[str, Any]) -> list[ir.Attr]:
    table = OPTIONS.get(op_type)
    known = {slot.name: slot for slot in TFLITE.tables[table] if slot is not None} if table else {}
    found: list[ir.Attr] = []
    for name, value in options.items():
        if name not in known:
            raise InternalError(f"{op_type} has no option {name!r}")
        if isinstance(value, ir.Graph):
            found.append(ir.AttrGraph(name, value))
        elif isinstance(value, str):
            found.append(ir.AttrString(name, value))
        elif isinstance(value, list | tuple):
            found.append(ir.AttrInt64s(name, [int(item) for item in value]))
        elif known[name].kind == "float32":
            found.append(ir.AttrFloat32(name, float(value)))
        else:
            found.append(ir.AttrInt64(name, int(value)))
    return found
