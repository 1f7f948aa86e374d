"""Versions of operators whose description changed, reviewed: what the version before could say, they say the same way.

A row names an operator and the opsets at which it was defined anew in other words, or with new optional attributes and
inputs whose defaults are the old behaviour. Attributes, inputs and dtypes are compared by program all the same, and a
node that uses what only the newer version has is never passed on. What is neither proven by the schemas nor listed here
needs a step of its own; so do, on the way down, versions whose defaults say more than before (``ops/``).
"""

from __future__ import annotations

import functools

_ROWS = """
Abs 13
Add 14
ArgMax 11 12 13
ArgMin 11 12 13
Attention 24 25
AveragePool 10 11 19 22
BatchNormalization 15
BitShift 28
Cast 9 13 19 24
CastLike 19 24
Ceil 13
Clip 13
Concat 11
Constant 11 12
DepthToSpace 11 13
DequantizeLinear 13 19 21 23
Div 14
Floor 13
GRU 14
Gather 11 13
GatherElements 13
GatherND 12 13
Gemm 11 13
Hardmax 11
LRN 13
LSTM 14
LogSoftmax 11
Loop 11 13 16
LpPool 18
Max 8
MaxPool 8 10 12 22
Mean 8
MeanVarianceNormalization 13
Min 8
Mod 13 28
Mul 14
NegativeLogLikelihoodLoss 13
OptionalGetElement 18
OptionalHasElement 18
Pad 13 18 19
QuantizeLinear 13 19 21 23 25
RNN 14
Range 27
ReduceL1 11 13
ReduceL2 11 13
ReduceLogSum 11 13
ReduceLogSumExp 11 13
ReduceMax 12 13 20
ReduceMean 11 13
ReduceMin 12 13 20
ReduceProd 11 13
ReduceSum 11
ReduceSumSquare 11 13
Reshape 14
Resize 18 19
ScatterElements 16 18
ScatterND 16 18
Shape 15
Slice 11 13
Softmax 11
SoftmaxCrossEntropyLoss 13
SpaceToDepth 28
Sub 14
Sum 8
TopK 11
Unsqueeze 11
"""


@functools.cache
def reviewed() -> dict[str, frozenset[int]]:
    """Operator to the versions that were reviewed."""
    rows = (line.split() for line in _ROWS.strip().splitlines())
    return {row[0]: frozenset(int(version) for version in row[1:]) for row in rows}


def same_meaning(op_type: str, version: int) -> bool:
    """Whether that version was reviewed and found to mean what the one before meant."""
    return version in reviewed().get(op_type, frozenset())
