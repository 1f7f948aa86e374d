"""Writes a graph of TFLite operators to a file, the weights one after the other behind the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.quantized import Quantization, quantization_of
from modelwright.backends.tflite.variables import is_variable
from modelwright.backends.tflite.versions import version_of
from modelwright.backends.tflite.vocabulary import NUMBERS, OPTION_NUMBERS, OPTIONS
from modelwright.errors import InternalError
from modelwright.hub.dtypes import dtype_name
from modelwright.hub.io_atomic import OutputFiles
from modelwright.hub.io_tensors import byte_length, payload
from modelwright.hub.shapes import dims_of
from modelwright.hub.subgraphs import all_graphs
from modelwright.schemas.flatbuffers_writing import Blob, FlatTable, Written, write_tables
from modelwright.schemas.tflite.tables import (
    BUILTIN_OPTIONS,
    IDENTIFIER,
    OPERATORS_OF,
    SUBGRAPHS,
    TENSORS_OF,
    TFLITE,
)

_PLACEHOLDER: Final = 127
"""What the one-byte operator number says when the wider field holds the number."""

_SPAN: Final = 2_000_000_000
"""Bytes that a file's offsets are trusted to span; larger files give positions of weights as 64-bit numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteFile:
    """What goes into a file besides the graph.

    Attributes:
        inputs: Signature name of each input, in the graph's order.
        outputs: The same of each output.
        metadata: Entries of the file's metadata.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    metadata: Mapping[str, bytes] = field(default_factory=dict[str, bytes])


def write_file(graph: ir.Graph, path: Path, about: LiteFile) -> Path:
    """Writes a graph whose nodes are all TFLite operators.

    Args:
        graph: The graph; initializers may be lazy.
        path: The file.
        about: Names and metadata.

    Raises:
        OutputError: It cannot be written; what was there before still is.
    """
    writer = _ModelTables(graph, about)
    written = write_tables(writer.model(), TFLITE, IDENTIFIER)
    with OutputFiles() as files:
        _stream(files.open(path), written, writer.contents)
        files.commit()
    return path


def _stream(stream: BinaryIO, written: Written, contents: Sequence[ir.TensorProtocol]) -> None:
    stream.write(written.head)
    for number, tensor in enumerate(contents):
        stream.write(written.lead(number))
        stream.write(payload(tensor))


class _ModelTables:
    """One run of ``write_file``: numbers for graphs, operator codes and buffers as they are met.

    Attributes:
        contents: The tensors whose bytes stand behind the tables, in order.
    """

    def __init__(self, graph: ir.Graph, about: LiteFile) -> None:
        self._about = about
        self._graphs = list(all_graphs(graph))
        self._numbers = {item: number for number, item in enumerate(self._graphs)}
        self._codes: dict[tuple[str, int], int] = {}
        self._buffers: dict[int, int] = {}
        self.contents: list[ir.TensorProtocol] = []

    def model(self) -> FlatTable:
        parts = [_GraphTables(self, graph, f"body_{number}" if number else "main") for number, graph in self._each()]
        subgraphs = [part.table() for part in parts]
        for raw in self._about.metadata.values():
            self.buffer(ir.Tensor(np.frombuffer(raw, np.uint8)))
        return FlatTable(
            kind="Model",
            fields={
                "version": 3,
                "operator_codes": [_code(name, version) for name, version in self._codes],
                SUBGRAPHS: subgraphs,
                "description": "written by modelwright",
                "buffers": self._buffer_tables(),
                "metadata": [
                    FlatTable(kind="Metadata", fields={"name": name, "buffer": len(self.contents) - left})
                    for left, name in zip(range(len(self._about.metadata))[::-1], self._about.metadata, strict=True)
                ],
                "signature_defs": [self._signature(parts[0])],
            },
        )

    def _each(self) -> Iterator[tuple[int, ir.Graph]]:
        return enumerate(self._graphs)

    def _signature(self, main: _GraphTables) -> FlatTable:
        sides = {
            side: [
                FlatTable(kind="TensorMap", fields={"name": name, "tensor_index": main.index(value)})
                for name, value in zip(names, values, strict=True)
            ]
            for side, names, values in (
                ("inputs", self._about.inputs, main.graph.inputs),
                ("outputs", self._about.outputs, main.graph.outputs),
            )
        }
        return FlatTable(kind="SignatureDef", fields={**sides, "signature_key": "serving_default"})

    def _buffer_tables(self) -> list[FlatTable]:
        sizes = [byte_length(tensor.dtype, tensor.shape.numpy()) for tensor in self.contents]
        absolute = sum(sizes) > _SPAN
        tables = [FlatTable(kind="Buffer", fields={})]
        for size in sizes:
            blob = Blob(size=size, absolute=absolute)
            fields: dict[str | int, Any] = {"offset": blob, "size": size} if absolute else {"data": blob}
            tables.append(FlatTable(kind="Buffer", fields=fields))
        return tables

    def graph_number(self, graph: ir.Graph) -> int:
        return self._numbers[graph]

    def code(self, name: str, version: int) -> int:
        return self._codes.setdefault((name, version), len(self._codes))

    def buffer(self, tensor: ir.TensorProtocol | None) -> int:
        """Number of the buffer that holds a constant; 0, the empty one, for what is computed."""
        if tensor is None or not tensor.size:
            return 0
        if id(tensor) not in self._buffers:
            self.contents.append(tensor)
            self._buffers[id(tensor)] = len(self.contents)
        return self._buffers[id(tensor)]


class _GraphTables:
    """The tables of one graph."""

    def __init__(self, model: _ModelTables, graph: ir.Graph, name: str) -> None:
        self.graph = graph
        self._model = model
        self._name = name
        self._values: dict[ir.Value, int] = {}

    def table(self) -> FlatTable:
        inputs = [self.index(value) for value in self.graph.inputs]
        operators = [self._operator(node) for node in self.graph]
        outputs = [self.index(value) for value in self.graph.outputs]
        return FlatTable(
            kind="SubGraph",
            fields={
                TENSORS_OF: [self._tensor(value) for value in self._values],
                "inputs": inputs,
                "outputs": outputs,
                OPERATORS_OF: operators,
                "name": self._name,
            },
        )

    def index(self, value: ir.Value | None) -> int:
        return -1 if value is None else self._values.setdefault(value, len(self._values))

    def _operator(self, node: ir.Node) -> FlatTable:
        inputs = [self.index(value) for value in node.inputs]
        outputs = [self.index(value) for value in node.outputs]
        table = OPTIONS.get(node.op_type)
        options = None if table is None else FlatTable(kind=table, fields=self._options(node))
        return FlatTable(
            kind="Operator",
            fields={
                "opcode_index": self._model.code(node.op_type, version_of(node)),
                "inputs": inputs,
                "outputs": outputs,
                "builtin_options_type": 0 if table is None else OPTION_NUMBERS[table],
                BUILTIN_OPTIONS: options,
            },
        )

    def _options(self, node: ir.Node) -> dict[str | int, Any]:
        if node.op_type == "CAST":
            return {"in_data_type": _dtype(node.inputs[0]), "out_data_type": _dtype(node.outputs[0])}
        return {name: self._option(attribute) for name, attribute in node.attributes.items()}

    def _option(self, attribute: ir.Attr) -> Any:
        if attribute.type is ir.AttributeType.GRAPH:
            return self._model.graph_number(attribute.as_graph())
        return attribute.value

    def _tensor(self, value: ir.Value) -> FlatTable:
        dims = dims_of(value.shape)
        sizes = None if dims is None else [dim if isinstance(dim, int) else -1 for dim in dims]
        constant = None if value.is_graph_input() else value.const_value
        fields: dict[str | int, Any] = {
            "shape": None if sizes is None else [abs(size) for size in sizes],
            "type": _dtype(value),
            "buffer": self._model.buffer(constant),
            "name": value.name,
            "quantization": _quantization_table(quantization_of(value)),
            "is_variable": is_variable(value),
            "has_rank": sizes is not None,
        }
        if sizes is not None and -1 in sizes:
            fields["shape_signature"] = sizes
        return FlatTable(kind="Tensor", fields=fields)


def _quantization_table(found: Quantization | None) -> FlatTable | None:
    if found is None:
        return None
    return FlatTable(
        kind="QuantizationParameters",
        fields={
            "scale": found.scale,
            "zero_point": found.zero_point,
            "quantized_dimension": found.axis if found.per_channel else 0,
        },
    )


def _code(name: str, version: int) -> FlatTable:
    number = NUMBERS[name]
    return FlatTable(
        kind="OperatorCode",
        fields={
            "deprecated_builtin_code": min(number, _PLACEHOLDER),
            "version": version,
            "builtin_code": number,
        },
    )


def _dtype(value: ir.Value | None) -> str:
    if value is None or value.dtype is None:
        raise InternalError(f"the dtype of {value and value.name!r} is not known")
    return dtype_name(value.dtype)
