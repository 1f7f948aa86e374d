"""TFLite's operators as nodes of the hub: the domain they live in and the options they have.

While a model is being written, its graph holds nodes of ``DOMAIN`` that are named like TFLite's built-in operators and
whose attributes are named like the fields of their options. Enumerations are texts, flags are 0 or 1.
"""

from __future__ import annotations

from typing import Final

from modelwright.schemas.tflite.operators import OPERATORS
from modelwright.schemas.tflite.tables import OPTION_TABLES

DOMAIN: Final = "tflite"
"""The domain of nodes that are TFLite operators."""

NUMBERS: Final = {name: number for number, name in enumerate(OPERATORS)}
"""Number of each built-in operator."""

_OPTIONS_TEXT = """
CONV_2D Conv2D, DEPTHWISE_CONV_2D DepthwiseConv2D, TRANSPOSE_CONV TransposeConv, CONV_3D Conv3D,
CONV_3D_TRANSPOSE Conv3D, AVERAGE_POOL_2D Pool2D, MAX_POOL_2D Pool2D, L2_POOL_2D Pool2D,
FULLY_CONNECTED FullyConnected, SOFTMAX Softmax, CONCATENATION Concatenation, ADD Add, SUB Sub, MUL Mul, DIV Div,
L2_NORMALIZATION L2Norm, LOCAL_RESPONSE_NORMALIZATION LocalResponseNormalization, RESIZE_BILINEAR ResizeBilinear,
RESIZE_NEAREST_NEIGHBOR ResizeNearestNeighbor, RESHAPE Reshape, SPACE_TO_DEPTH SpaceToDepth,
DEPTH_TO_SPACE DepthToSpace, GATHER Gather, MEAN Reducer, SUM Reducer, REDUCE_PROD Reducer, REDUCE_MAX Reducer,
REDUCE_MIN Reducer, REDUCE_ANY Reducer, REDUCE_ALL Reducer, SQUEEZE Squeeze, STRIDED_SLICE StridedSlice, SPLIT Split,
SPLIT_V SplitV, CAST Cast, ARG_MAX ArgMax, ARG_MIN ArgMin, SHAPE Shape, PACK Pack, UNPACK Unpack, ONE_HOT OneHot,
LEAKY_RELU LeakyRelu, MIRROR_PAD MirrorPad, UNIQUE Unique, REVERSE_SEQUENCE ReverseSequence, IF If, WHILE While,
BATCH_MATMUL BatchMatMul, CUMSUM Cumsum, GELU Gelu, UNIDIRECTIONAL_SEQUENCE_LSTM UnidirectionalSequenceLSTM,
BIDIRECTIONAL_SEQUENCE_LSTM BidirectionalSequenceLSTM, UNIDIRECTIONAL_SEQUENCE_RNN SequenceRNN,
RANDOM_STANDARD_NORMAL Random, RANDOM_UNIFORM Random, TRANSPOSE Transpose, EXPAND_DIMS ExpandDims, PAD Pad,
PADV2 PadV2, TILE Tile, SLICE Slice, SELECT Select, SELECT_V2 SelectV2, POW Pow, MAXIMUM MaximumMinimum,
MINIMUM MaximumMinimum, EXP Exp, NEG Neg, ABS Abs, COS Cos, SQUARE Square, WHERE Where, RANGE Range, FILL Fill,
FLOOR_DIV FloorDiv, FLOOR_MOD FloorMod, SQUARED_DIFFERENCE SquaredDifference, REVERSE_V2 ReverseV2, ADD_N AddN,
GATHER_ND GatherNd, RANK Rank, QUANTIZE Quantize, DEQUANTIZE Dequantize, HARD_SWISH HardSwish,
SCATTER_ND ScatterNd, BROADCAST_TO BroadcastTo, SIGN Sign, BITCAST Bitcast, BITWISE_XOR BitwiseXor,
RIGHT_SHIFT RightShift, LOG_SOFTMAX LogSoftmax, TOPK_V2 TopKV2, LESS Less, GREATER Greater, LESS_EQUAL LessEqual,
GREATER_EQUAL GreaterEqual, EQUAL Equal, NOT_EQUAL NotEqual, LOGICAL_AND LogicalAnd, LOGICAL_OR LogicalOr,
LOGICAL_NOT LogicalNot, RFFT2D Rfft2d, NON_MAX_SUPPRESSION_V4 NonMaxSuppressionV4,
NON_MAX_SUPPRESSION_V5 NonMaxSuppressionV5, ATAN2 ATan2, DYNAMIC_UPDATE_SLICE DynamicUpdateSlice,
BATCH_TO_SPACE_ND BatchToSpaceND, SPACE_TO_BATCH_ND SpaceToBatchND, ZEROS_LIKE ZerosLike
"""

OPTIONS: Final = {
    name: f"{table}Options" for name, table in (entry.split() for entry in _OPTIONS_TEXT.replace("\n", " ").split(","))
}
"""Operator to the table of its options; operators that are not listed have none."""

OPTION_NUMBERS: Final = {table: number for number, table in enumerate(OPTION_TABLES)}
"""Number of each table in the union of options."""
