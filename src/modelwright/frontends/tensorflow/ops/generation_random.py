"""Random numbers. They come from ONNX's generators: alike in distribution, never the same numbers."""

from __future__ import annotations

from typing import cast

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.dtypes_support import int64
from modelwright.hub.kernels import compute

_HASHES = ("seed2",)


def _seed(seed: int) -> float | None:
    """ONNX's seed attribute; TensorFlow's 0 means that there is none."""
    return float(seed) if seed else None


def _random(op: TensorFlowBuilder, kind: str, shape: ir.Value, dtype: ir.DataType, seed: int) -> ir.Value:
    """Random numbers of the shape that a tensor holds."""
    array = op.constant_value(shape)
    attributes: dict[str, object] = {"dtype": int(dtype), "seed": _seed(seed)}
    if array is not None and array.size:
        return cast("ir.Value", op.emit(kind, [], {"shape": array.reshape(-1).tolist(), **attributes}))
    template = op.ConstantOfShape(int64(op, shape))
    return cast("ir.Value", op.emit(f"{kind}Like", [template], attributes))


@tf_op("RandomUniform", ignores=_HASHES)
def random_uniform(op: TensorFlowBuilder, shape: ir.Value, *, dtype: ir.DataType, seed: int = 0) -> ir.Value:
    """Uniform in [0, 1)."""
    return _random(op, "RandomUniform", shape, dtype, seed)


@tf_op("RandomStandardNormal", ignores=_HASHES)
def random_normal(op: TensorFlowBuilder, shape: ir.Value, *, dtype: ir.DataType, seed: int = 0) -> ir.Value:
    """Normal with mean 0 and deviation 1."""
    return _random(op, "RandomNormal", shape, dtype, seed)


@tf_op("RandomUniformInt", ignores=_HASHES)
def random_uniform_int(
    op: TensorFlowBuilder, shape: ir.Value, low: ir.Value, high: ir.Value, *, seed: int = 0
) -> ir.Value:
    """Integers in [low, high): uniform numbers scaled and rounded down."""
    uniform = _random(op, "RandomUniform", shape, ir.DataType.FLOAT, seed)
    span = op.cast(compute(op, "Sub", high, low), ir.DataType.FLOAT)
    return compute(op, "Add", low, op.cast(op.Floor(op.Mul(uniform, span)), op.dtype(low)))


@tf_op("Multinomial", ignores=_HASHES)
def multinomial(
    op: TensorFlowBuilder,
    logits: ir.Value,
    samples: ir.Value,
    *,
    output_dtype: ir.DataType = ir.DataType.INT64,
    seed: int = 0,
) -> ir.Value:
    """Classes drawn with probability softmax(logits)."""
    count = int(op.need_constant(samples, "the number of samples").reshape(-1)[0])
    logarithms = op.LogSoftmax(op.cast(logits, ir.DataType.FLOAT), axis=-1)
    drawn: ir.Value = op.Multinomial(logarithms, dtype=int(ir.DataType.INT64), sample_size=count, seed=_seed(seed))
    return op.cast(drawn, output_dtype)


@tf_op("RandomShuffle", ignores=("seed2",))
def random_shuffle(op: TensorFlowBuilder, x: ir.Value, *, seed: int = 0) -> ir.Value:
    """Rows in the order of random numbers."""
    length = op.dim_of(x, 0)
    drawn = _random(op, "RandomUniform", length, ir.DataType.FLOAT, seed)
    _, order = op.TopK(drawn, length, axis=0, outputs=2)
    return op.gather(x, order)


_STATELESS = {"StatelessRandomUniform": "RandomUniform", "StatelessRandomNormal": "RandomNormal"}


def _register_stateless(source: str, target: str) -> None:
    @tf_op(source)
    def convert(
        op: TensorFlowBuilder, shape: ir.Value, seed: ir.Value, *, dtype: ir.DataType = ir.DataType.FLOAT
    ) -> ir.Value:
        return _random(op, target, shape, dtype, _hash(op, seed))

    @tf_op(f"{source}V2")
    def convert_v2(
        op: TensorFlowBuilder,
        shape: ir.Value,
        key: ir.Value,
        counter: ir.Value,
        alg: ir.Value,
        *,
        dtype: ir.DataType = ir.DataType.FLOAT,
    ) -> ir.Value:
        del counter, alg
        return _random(op, target, shape, dtype, _hash(op, key))

    convert.__doc__ = convert_v2.__doc__ = f"ONNX {target} with a seed made of the one given, if that is a constant."


for _source, _target in _STATELESS.items():
    _register_stateless(_source, _target)


@tf_op("StatelessRandomGetKeyCounter")
def stateless_key_counter(op: TensorFlowBuilder, seed: ir.Value) -> tuple[ir.Value, ...]:
    """The seed itself as key [1] and counter [2]; what draws with them only takes a seed from the key."""
    array = op.constant_value(seed)
    if array is not None:
        numbers = array.reshape(-1).astype(np.uint64)
        return op.constant(np.bitwise_xor.reduce(numbers).reshape(1)), op.constant(numbers)
    wide = op.cast(seed, ir.DataType.UINT64)
    return op.slice(wide, [0], [1], axes=[0]), wide


@tf_op("StatelessRandomGetAlg")
def stateless_algorithm(op: TensorFlowBuilder) -> ir.Value:
    """A number for the generator's algorithm, which ONNX does not choose."""
    return op.constant(np.asarray(1, np.int32))


def _hash(op: TensorFlowBuilder, seed: ir.Value) -> int:
    array = op.constant_value(seed)
    return 0 if array is None else int(np.bitwise_xor.reduce(array.reshape(-1).astype(np.int64)) % 2**20) + 1
