"""Reads ``.tflite`` files: FlatBuffers tables to the plain records of ``model``, weights as views of the file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.errors import ModelFormatError
from modelwright.frontends.tflite.contents import decode_contents
from modelwright.frontends.tflite.model import (
    LiteModel,
    LiteOperator,
    LiteSignature,
    LiteTensor,
    Quantization,
    Subgraph,
)
from modelwright.frontends.tflite.sparse import densified
from modelwright.hub.dtypes import dtype_named
from modelwright.schemas.flatbuffers import FlatFile, Table
from modelwright.schemas.tflite.operators import OPERATORS
from modelwright.schemas.tflite.tables import (
    BUILTIN_OPTIONS,
    IDENTIFIER,
    OPERATORS_OF,
    OPTION_TABLES,
    SPARSITY,
    SUBGRAPHS,
    TENSORS_OF,
    TFLITE,
)

_NO_DTYPE = frozenset({"resource", "variant"})
_PLACEHOLDER = 127
"""What the one-byte operator number says when the wider field holds the number."""

_MAX_RANK = 32
"""More dimensions than any operator takes."""


def read_tflite(path: Path) -> LiteModel:
    """Reads a model.

    Args:
        path: A ``.tflite`` file.

    Raises:
        ModelNotFoundError: It does not exist.
        ModelFormatError: It is no such file, or damaged; the message names the byte.
    """
    file = FlatFile.open(path, TFLITE)
    if len(file.data) < 8 or bytes(file.data[4:8]) != IDENTIFIER:
        raise ModelFormatError(f"{path}: not a TFLite model: it lacks the identifier TFL3 at byte 4")
    return _Reader(file).model()


class _Reader:
    """One run of ``read_tflite``."""

    def __init__(self, file: FlatFile) -> None:
        self.file = file
        self.root = file.root("Model")
        self.head: dict[str, Any] = self.root.read()

    def model(self) -> LiteModel:
        subgraphs = tuple(self._subgraph(table) for table in self.root.tables(SUBGRAPHS, "SubGraph"))
        if not subgraphs:
            raise ModelFormatError(f"{self.file.name}: holds no graph")
        return LiteModel(
            path=self.file.name,
            version=self.head["version"],
            description=self.head["description"] or "",
            subgraphs=subgraphs,
            signatures=tuple(self._signature(item, subgraphs) for item in self.head["signature_defs"]),
            metadata=tuple(item["name"] or "" for item in self.head["metadata"]),
        )

    def _signature(self, found: dict[str, Any], subgraphs: Sequence[Subgraph]) -> LiteSignature:
        number = found["subgraph_index"]
        if number >= len(subgraphs):
            raise ModelFormatError(f"{self.file.name}: signature {found['signature_key']!r} runs no graph of the file")
        sides = [{item["name"] or "": item["tensor_index"] for item in found[side]} for side in ("inputs", "outputs")]
        self._check_indices([*sides[0].values(), *sides[1].values()], len(subgraphs[number].tensors), "signature")
        return LiteSignature(key=found["signature_key"] or "", subgraph=number, inputs=sides[0], outputs=sides[1])

    def _subgraph(self, table: Table) -> Subgraph:
        found = table.read()
        tensors = tuple(self._tensor(number, item) for number, item in enumerate(table.tables(TENSORS_OF, "Tensor")))
        operators = tuple(self._operator(item, len(tensors)) for item in table.tables(OPERATORS_OF, "Operator"))
        inputs, outputs = tuple(found["inputs"].tolist()), tuple(found["outputs"].tolist())
        self._check_indices([*inputs, *outputs], len(tensors), "graph")
        return Subgraph(
            name=found["name"] or "main", tensors=tensors, inputs=inputs, outputs=outputs, operators=operators
        )

    def _check_indices(self, indices: Sequence[int], count: int, what: str, *, optional: bool = False) -> None:
        wrong = [index for index in indices if not (0 <= index < count or (optional and index == -1))]
        if wrong:
            raise ModelFormatError(f"{self.file.name}: a {what} names tensor {wrong[0]}, but there are {count}")

    def _operator(self, table: Table, tensors: int) -> LiteOperator:
        found = table.read()
        name, custom, version = self._code(found["opcode_index"])
        inputs, outputs = tuple(found["inputs"].tolist()), tuple(found["outputs"].tolist())
        self._check_indices(inputs, tensors, f"{name} operator", optional=True)
        self._check_indices(outputs, tensors, f"{name} operator")
        raw = bytes(found["custom_options"])
        if found["large_custom_options_size"]:
            raw = bytes(self.file.bytes(found["large_custom_options_offset"], found["large_custom_options_size"]))
        return LiteOperator(
            name=name,
            custom=custom,
            version=version,
            inputs=inputs,
            outputs=outputs,
            attributes=self._options(table, found["builtin_options_type"]),
            custom_options=raw,
        )

    def _options(self, table: Table, number: int) -> dict[str, Any]:
        if number == 0:
            return {}
        if number >= len(OPTION_TABLES):
            raise ModelFormatError(
                f"{self.file.name}: the operator at byte {table.position} has options of the unknown kind {number}",
                hint="the file was made by a newer TFLite, or is damaged",
            )
        options = table.table(BUILTIN_OPTIONS, OPTION_TABLES[number])
        return {} if options is None else options.read()

    def _code(self, index: int) -> tuple[str, bool, int]:
        """Name of an operator, whether it is a custom one, and its version.

        Old files have only the one-byte number, which newer ones fill with 127 for numbers above it.
        """
        codes = self.head["operator_codes"]
        if index >= len(codes):
            raise ModelFormatError(f"{self.file.name}: an operator has the code {index}, but there are {len(codes)}")
        code = codes[index]
        old = code["deprecated_builtin_code"]
        number = max(code["builtin_code"], old if old != _PLACEHOLDER else 0)
        name = OPERATORS[number] if 0 <= number < len(OPERATORS) else f"BUILTIN_{number}"
        if name == "CUSTOM":
            return code["custom_code"] or "CUSTOM", True, code["version"]
        return name, False, code["version"]

    def _tensor(self, number: int, table: Table) -> LiteTensor:
        found = table.read()
        name = found["name"] or f"tensor_{number}"
        known = found["has_rank"] or len(found["shape"]) > 0
        shape = tuple(found["shape"].tolist())
        signature = tuple(found["shape_signature"].tolist()) if len(found["shape_signature"]) else shape
        dtype = None if found["type"] in _NO_DTYPE else dtype_named(found["type"])
        data = self._contents(name, found, table.table(SPARSITY, "SparsityParameters"), dtype)
        return LiteTensor(
            name=name,
            dtype=dtype,
            shape=shape if known else None,
            signature=tuple(dim if dim >= 0 else None for dim in signature) if known else None,
            data=data,
            quantization=self._quantization(name, found["quantization"], shape),
            variable=found["is_variable"],
        )

    def _contents(
        self, name: str, found: dict[str, Any], sparsity: Table | None, dtype: ir.DataType | None
    ) -> np.ndarray | None:
        shape = tuple(found["shape"].tolist())
        if found["external_buffer"]:
            raise ModelFormatError(
                f"{self.file.name}: tensor {name!r} is kept in another file",
                hint="convert the model into a single .tflite file",
            )
        raw = self._buffer(found["buffer"])
        if dtype is None:
            return None
        if len(shape) > _MAX_RANK or any(size < 0 for size in shape) or _beyond_memory(shape):
            raise ModelFormatError(
                f"{self.file.name}: tensor {name!r} has the sizes {list(shape)[:_MAX_RANK]}, which no tensor has",
                hint="the file is damaged: get it again",
            )
        if raw is None:
            return np.zeros(shape, dtype.numpy()) if 0 in shape else None
        array = decode_contents(raw, dtype, None if sparsity else math.prod(shape))
        if array is None:
            raise ModelFormatError(
                f"{self.file.name}: tensor {name!r} of shape {list(shape)} has {len(raw)} bytes, which do not fit",
                hint="the file is damaged: get it again",
            )
        if sparsity is not None:
            return densified(sparsity, array, shape)
        return array.reshape(shape)

    def _buffer(self, number: int) -> memoryview | np.ndarray | None:
        """The bytes of a buffer, None when it is empty; number 0 is always empty."""
        buffers = self.head["buffers"]
        if number >= len(buffers):
            raise ModelFormatError(f"{self.file.name}: a tensor has the buffer {number}, but there are {len(buffers)}")
        buffer = buffers[number]
        if number and buffer["offset"] > 1:
            return self.file.bytes(buffer["offset"], buffer["size"])
        return buffer["data"] if number and len(buffer["data"]) else None

    def _quantization(self, name: str, found: dict[str, Any] | None, shape: tuple[int, ...]) -> Quantization | None:
        if found is None or not len(found["scale"]):
            return None
        scale, axis = found["scale"], found["quantized_dimension"]
        zero_point = found["zero_point"] if len(found["zero_point"]) else np.zeros(len(scale), np.int64)
        if len(zero_point) == 1:
            zero_point = np.repeat(zero_point, len(scale))
        if len(zero_point) != len(scale) or (len(scale) > 1 and (axis >= len(shape) or shape[axis] != len(scale))):
            raise ModelFormatError(
                f"{self.file.name}: tensor {name!r} of shape {list(shape)} has {len(scale)} scales and "
                f"{len(zero_point)} zero points along dimension {axis}"
            )
        return Quantization(scale=scale, zero_point=zero_point, axis=axis)


def _beyond_memory(shape: tuple[int, ...]) -> bool:
    """Whether a tensor of these sizes, zeros apart, would exceed every memory."""
    return math.prod(size for size in shape if size) > 1 << 48
