"""Names of Ascend's element types and formats, in both numberings that ``.om`` files use."""

from __future__ import annotations

from typing import Final

GRAPH_DTYPES: Final = {
    1: "float32",
    2: "float16",
    3: "int8",
    4: "uint8",
    5: "int16",
    6: "uint16",
    7: "int32",
    8: "int64",
    9: "uint32",
    10: "uint64",
    11: "bool",
    12: "float64",
    13: "string",
    16: "complex64",
    17: "complex128",
    27: "bfloat16",
    28: "int4",
}
"""Element types as the graph numbers them (``ge.proto.DataType``)."""

RUNTIME_DTYPES: Final = {
    0: "float32",
    1: "float16",
    2: "int8",
    3: "int32",
    4: "uint8",
    6: "int16",
    7: "uint16",
    8: "uint32",
    9: "int64",
    10: "uint64",
    11: "float64",
    12: "bool",
    13: "string",
    16: "complex64",
    17: "complex128",
    27: "bfloat16",
    29: "int4",
}
"""Element types as the runtime numbers them (``ge::DataType``), in the partition of inputs and outputs."""

FRAMEWORKS: Final = {0: "Caffe", 1: "MindSpore", 3: "TensorFlow", 5: "ONNX"}


def dtype_name(number: int, table: dict[int, str]) -> str:
    """The name of an element type; ``type 99`` for one that is not known."""
    return table.get(number, f"type {number}")
