"""Constants computed from constants: small ones at once, large ones when the file is written.

A lazy tensor keeps only a reference to its sources (often a memory-mapped file), so that the peak of memory stays at
one tensor however many weights are folded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import onnx_ir as ir

from modelwright.rewrites.context import SMALL_CONSTANT, RewriteContext

Compute = Callable[..., np.ndarray]


def stored_array(value: ir.Value | None) -> np.ndarray | None:
    """The array of an initializer that no caller can override, of any size; None otherwise."""
    tensor = RewriteContext.tensor(value)
    return None if tensor is None else tensor.numpy()


def derived(sources: Sequence[ir.TensorProtocol], shape: Sequence[int], compute: Compute) -> ir.TensorProtocol:
    """A tensor of the dtype of the first source.

    Args:
        sources: What it is computed from.
        shape: Its shape.
        compute: Given the sources' arrays, returns the array; deterministic.

    Returns:
        An eager tensor for up to ``SMALL_CONSTANT`` elements in each source and the result, else a lazy one.
    """
    dtype = sources[0].dtype
    numpy_dtype = dtype.numpy()

    def evaluate() -> ir.TensorProtocol:
        array = compute(*(source.numpy() for source in sources))
        return ir.Tensor(np.ascontiguousarray(array, dtype=numpy_dtype).reshape(tuple(shape)), dtype=dtype)

    largest = max([int(np.prod(shape, dtype=np.int64)), *(source.size for source in sources)])
    if largest <= SMALL_CONSTANT:
        return evaluate()
    return ir.LazyTensor(evaluate, dtype=dtype, shape=ir.Shape(list(shape)), cache=False)


def transposed(tensor: ir.TensorProtocol, perm: Sequence[int]) -> ir.TensorProtocol:
    """The tensor with its dimensions permuted."""
    sizes = sizes_of(tensor)
    order = tuple(perm)
    return derived([tensor], [sizes[axis] for axis in order], partial(np.transpose, axes=order))


def reshaped(tensor: ir.TensorProtocol, shape: Sequence[int]) -> ir.TensorProtocol:
    """The tensor with the same elements in another shape."""
    sizes = tuple(shape)

    def compute(array: np.ndarray) -> np.ndarray:
        return array.reshape(sizes)

    return derived([tensor], sizes, compute)


def same(array: np.ndarray) -> np.ndarray:
    """The array itself; for tensors that are computed elsewhere."""
    return array


def sizes_of(tensor: ir.TensorProtocol) -> tuple[int, ...]:
    """A tensor's shape as ints."""
    return tuple(int(dim) for dim in tensor.shape)  # pyright: ignore[reportArgumentType]
