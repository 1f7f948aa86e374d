"""Which element types the kernels of the stock interpreter take, and how other types are brought to them.

Found by running each operator on each type in LiteRT 2.3, without quantization. Integer kernels that only make sense
with a scale are left out. A type that a kernel does not take is carried by one it does: exactly (int8 by int32, bits of
float64 by int64 where values are only moved), or, for float64 in arithmetic, rounded to float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import onnx_ir as ir

from modelwright.hub.dtypes import dtype_named

_ARITHMETIC = """
FLOOR_MOD 0,1 = float32 int32 int64
ADD SUB MUL MAXIMUM MINIMUM 0,1 = float32 int32 int64
DIV FLOOR_DIV POW SQUARED_DIFFERENCE 0,1 = float32 int32
ATAN2 PRELU BATCH_MATMUL 0,1 = float32
BITWISE_XOR RIGHT_SHIFT 0,1 = int8 int16 int32 uint8 uint16 uint32
LOGICAL_AND LOGICAL_OR 0,1 = bool
LESS GREATER LESS_EQUAL GREATER_EQUAL 0,1 > bool float32 int32 int64
EQUAL NOT_EQUAL 0,1 > bool float32 int32 int64 bool
ABS SIGN 0 = float32 int32
NEG 0 = float32 int32 int64
EXP LOG SQRT RSQRT SIN COS SQUARE CEIL FLOOR ROUND RELU RELU6 TANH LOGISTIC ELU GELU HARD_SWISH LEAKY_RELU 0 = float32
SOFTMAX LOG_SOFTMAX L2_NORMALIZATION LOCAL_RESPONSE_NORMALIZATION RESIZE_BILINEAR 0 = float32
CONV_2D DEPTHWISE_CONV_2D CONV_3D FULLY_CONNECTED 0,1,2 = float32
TRANSPOSE_CONV CONV_3D_TRANSPOSE 1,2,3 = float32
MAX_POOL_2D AVERAGE_POOL_2D 0 = float32
LOGICAL_NOT REDUCE_ANY REDUCE_ALL 0 = bool
MEAN 0 = float32
SUM REDUCE_PROD REDUCE_MAX REDUCE_MIN 0 = float32 int32 int64
ARG_MAX ARG_MIN 0 > * float32 int32
CUMSUM RANGE 0 = float32 int32 int64
ADD_N * = float32 int32
WHERE 0 > int64 float32 int32 int64 bool
UNIQUE TOPK_V2 0 = float32 int32 int64
"""

_MOVING = """
RESHAPE TRANSPOSE SLICE STRIDED_SLICE TILE EXPAND_DIMS SQUEEZE 0 = all
MIRROR_PAD DYNAMIC_UPDATE_SLICE SHAPE ZEROS_LIKE FILL 0 = all
CONCATENATION PACK * = float32 int8 int16 int32 int64 uint8
UNPACK GATHER GATHER_ND REVERSE_V2 0 = float32 int8 int16 int32 int64 uint8 bool
SPLIT_V SPLIT 0 = float32 int8 int16 int32 int64 uint8
PAD 0 = float32 int8 int16 int32 int64 uint8 bool
PADV2 0,2 = float32 int8 int16 int32 int64 uint8 bool
REVERSE_SEQUENCE 0 = float32 int16 int32 int64 uint8
SELECT_V2 SELECT 1,2 = all
SCATTER_ND 1 = float32 int8 int32 int64 uint8 bool
ONE_HOT 2,3 = float32 int8 int32 int64 uint8 bool
DEPTH_TO_SPACE SPACE_TO_DEPTH 0 = float32 int8 int32 int64 uint8
RESIZE_NEAREST_NEIGHBOR 0 = float32 int8 int16 int32 uint8 bool
BROADCAST_TO 0 = all
"""

_ALL = "float32 float16 float64 bfloat16 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """The types of an operator's data.

    Attributes:
        dtypes: Element types it takes.
        data: Places of the inputs that share that type; None for all.
        result: The type of the first result, if it is not that of the data.
        moves: Whether values are only moved, so that others of the same width can stand for them.
    """

    dtypes: tuple[ir.DataType, ...]
    data: tuple[int, ...] | None
    result: ir.DataType | None = None
    same: bool = True
    moves: bool = False


def _kernels(text: str, *, moves: bool) -> dict[str, Kernel]:
    found: dict[str, Kernel] = {}
    for line in text.strip().splitlines():
        same = " = " in line
        left, _, right = line.partition(" = " if same else " > ")
        *names, places = left.split()
        words = right.split()
        result = None if same else words.pop(0)
        dtypes = tuple(map(dtype_named, _ALL.split() if words == ["all"] else words))
        kernel = Kernel(
            dtypes=dtypes,
            data=None if places == "*" else tuple(int(place) for place in places.split(",")),
            result=None if result in (None, "*") else dtype_named(result),
            same=same,
            moves=moves,
        )
        found.update(dict.fromkeys(names, kernel))
    return found


KERNELS: Final = _kernels(_ARITHMETIC, moves=False) | _kernels(_MOVING, moves=True)
"""Operator to the types of its kernel; an operator that is not listed is written with the types it is given."""

_CARRIERS = {
    "float16": "float32",
    "bfloat16": "float32",
    "float64": "float32",
    "bool": "int32 uint8",
    "int8": "int32 float32 int64",
    "uint8": "int32 float32 int64",
    "int16": "int32 float32 int64",
    "uint16": "int32 float32 int64",
    "int32": "int64",
    "uint32": "int64",
}
_PROMOTIONS: Final = {dtype_named(name): tuple(map(dtype_named, others.split())) for name, others in _CARRIERS.items()}
_BITS: Final = {
    dtype_named(name): dtype_named(other)
    for name, other in (
        item.split(":")
        for item in (
            "float16:int16 bfloat16:int16 uint16:int16 float64:int64 uint64:int64 uint32:int32 bool:uint8 int8:uint8"
        ).split()
    )
}


def carrier(kernel: Kernel, dtype: ir.DataType) -> tuple[ir.DataType, bool] | None:
    """The type that stands for ``dtype`` in a kernel, and whether it does so bit by bit; None when none can."""
    if dtype in kernel.dtypes:
        return dtype, False
    if kernel.moves and _BITS.get(dtype) in kernel.dtypes:
        return _BITS[dtype], True
    for wider in _PROMOTIONS.get(dtype, ()):
        if wider in kernel.dtypes:
            return wider, False
    return None
