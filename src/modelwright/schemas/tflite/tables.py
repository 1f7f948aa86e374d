"""The tables and enumerations of a ``.tflite`` file.

Source: TensorFlow's ``schema.fbs``, version 3 (file identifier ``TFL3`` at byte 4). Fields are in slot order.
"""

from __future__ import annotations

from collections.abc import Iterator

from modelwright.schemas.flatbuffers import Schema, TableSchema, parse_slots
from modelwright.schemas.tflite.options import OPTIONS_TEXT

IDENTIFIER = b"TFL3"
"""The four bytes at position 4 of every file."""

TENSOR_TYPES = (
    "float32 float16 int32 uint8 int64 string bool int16 complex64 int8 float64 complex128 uint64 resource variant "
    "uint32 uint16 int4 bfloat16 int2 uint4"
).split()
"""Element types by number."""

SUBGRAPHS = 2
"""Slot of a Model's graphs. This slot and those below are read one by one, for there are unions beneath them."""

TENSORS_OF, OPERATORS_OF = 0, 3
"""Slots of a SubGraph."""

SPARSITY = 6
"""Slot of a Tensor."""

BUILTIN_OPTIONS = 4
"""Slot of an Operator."""

DIMENSIONS, SEGMENTS, INDICES = 2, 3, 5
"""Slot of SparsityParameters, and two of DimensionMetadata."""

_TABLES = {
    "Model": (
        "version:uint32 operator_codes:[OperatorCode] - description:string buffers:[Buffer] "
        "metadata_buffer:[int32] metadata:[Metadata] signature_defs:[SignatureDef]"
    ),
    "OperatorCode": "deprecated_builtin_code:int8 custom_code:string version:int32=1 builtin_code:int32",
    "SubGraph": "- inputs:[int32] outputs:[int32] - name:string",
    "Tensor": (
        "shape:[int32] type:TensorType buffer:uint32 name:string quantization:QuantizationParameters is_variable:bool "
        "- shape_signature:[int32] has_rank:bool - external_buffer:uint32"
    ),
    "QuantizationParameters": (
        "min:[float32] max:[float32] scale:[float32] zero_point:[int64] details_type:uint8 - quantized_dimension:int32"
    ),
    "SparsityParameters": "traversal_order:[int32] block_map:[int32] -",
    "DimensionMetadata": "format:int8 dense_size:int32 array_segments_type:uint8 - array_indices_type:uint8 -",
    "Operator": (
        "opcode_index:uint32 inputs:[int32] outputs:[int32] builtin_options_type:uint8 - custom_options:[uint8] "
        "custom_options_format:int8 - - large_custom_options_offset:uint64 large_custom_options_size:uint64 "
        "builtin_options_2_type:uint8 -"
    ),
    "Buffer": "data:[uint8] offset:uint64 size:uint64",
    "Metadata": "name:string buffer:uint32",
    "SignatureDef": "inputs:[TensorMap] outputs:[TensorMap] signature_key:string - subgraph_index:uint32",
    "TensorMap": "name:string tensor_index:uint32",
    "Int32Vector": "values:[int32]",
    "Uint16Vector": "values:[uint16]",
    "Uint8Vector": "values:[uint8]",
}

_ENUMS = {
    "TensorType": ("int8", tuple(TENSOR_TYPES)),
    "Padding": ("int8", ("SAME", "VALID")),
    "Activation": ("int8", ("NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT")),
    "MirrorPadMode": ("int8", ("REFLECT", "SYMMETRIC")),
    "WeightsFormat": ("int8", ("DEFAULT", "SHUFFLED4x16INT8")),
}


def _options() -> Iterator[tuple[str, TableSchema]]:
    entries: list[str] = []
    for line in OPTIONS_TEXT.strip().splitlines():
        if line.startswith(" "):
            entries[-1] += line
        else:
            entries.append(line)
    for entry in entries:
        name, _, fields = entry.partition(" ")
        yield name, parse_slots(fields)


_OPTIONS = dict(_options())

OPTION_TABLES: tuple[str, ...] = ("", *_OPTIONS)
"""Tables of the BuiltinOptions union by number; 0 is none."""

TFLITE = Schema(tables={**{name: parse_slots(text) for name, text in _TABLES.items()}, **_OPTIONS}, enums=_ENUMS)
"""The whole format."""
