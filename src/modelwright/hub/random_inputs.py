"""Random inputs for a model of which nothing but dtypes and shapes is known.

Sizes left open are small and odd, so that a wrong stride, pad or broadcast shows: the first dimension, usually the
batch, becomes 2, spatial ones of images 65, 67, ..., all others 5, 7, ... One symbolic name has one size everywhere.

Floats are uniform in [-1, 1): what networks are fed after normalization, and small enough for exponentials. Bytes
cover their range, as pixels do. Wider integers are 0 or 1, because they usually index an embedding, a class or a mask:
token types, masks and labels know no other values, and 0 and 1 are valid rows of any embedding. Give ranges to go
further.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.random import default_rng

from modelwright.errors import UnknownNameError, unknown_name
from modelwright.formats import Dim, TensorSpec
from modelwright.hub.dtypes import dtype_named

_BATCH = 2
_IMAGE_RANK = 4
_RANGES: dict[str, tuple[int, int]] = {"uint8": (0, 256), "int8": (-128, 128)}
_INTEGERS = (0, 2)
_FLOATS = (-1.0, 1.0)


def has_open_sizes(specs: Sequence[TensorSpec], dims: Mapping[str, int]) -> bool:
    """Whether sizes must be guessed: an unknown rank, or a dimension neither fixed nor in ``dims``."""
    return any(
        spec.shape is None or any(dim is None or (isinstance(dim, str) and dim not in dims) for dim in spec.shape)
        for spec in specs
    )


def choose_shapes(specs: Sequence[TensorSpec], dims: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """A shape for each input; an input of unknown rank is taken as ``[2]``.

    Args:
        specs: The inputs.
        dims: Sizes of symbolic dimensions that are not to be guessed.

    Raises:
        UnknownNameError: ``dims`` names a dimension that no input has.
    """
    known = {dim for spec in specs for dim in spec.shape or () if isinstance(dim, str)}
    for name in dims:
        if name not in known:
            raise unknown_name("dimension", name, known)
    chosen = dict(dims)
    small, large = itertools.count(5, 2), itertools.count(65, 2)
    shapes: dict[str, tuple[int, ...]] = {}
    for spec in specs:
        shape: tuple[Dim, ...] = (None,) if spec.shape is None else spec.shape
        sizes: list[int] = []
        for axis, dim in enumerate(shape):
            if isinstance(dim, int):
                sizes.append(dim)
            elif dim is not None and dim in chosen:
                sizes.append(chosen[dim])
            else:
                sizes.append(_BATCH if axis == 0 else next(large if len(shape) >= _IMAGE_RANK else small))
                if dim is not None:
                    chosen[dim] = sizes[-1]
        shapes[spec.name] = tuple(sizes)
    return shapes


def random_inputs(
    specs: Sequence[TensorSpec],
    *,
    seed: int,
    dims: Mapping[str, int] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> dict[str, np.ndarray]:
    """Random inputs by name, the same for the same arguments.

    Args:
        specs: The inputs.
        seed: Seed of the generator; each input has its own stream, so adding one does not change the others.
        dims: Sizes of symbolic dimensions.
        ranges: Lowest and first excluded value, by input.

    Raises:
        UnknownNameError: ``dims`` or ``ranges`` name something the model does not have.
    """
    wanted = ranges or {}
    unknown: list[UnknownNameError] = [
        unknown_name("input", name, [spec.name for spec in specs])
        for name in wanted
        if name not in {spec.name for spec in specs}
    ]
    if unknown:
        raise unknown[0]
    shapes = choose_shapes(specs, dims or {})
    return {
        spec.name: _draw(default_rng([seed, index]), spec.dtype, shapes[spec.name], wanted.get(spec.name))
        for index, spec in enumerate(specs)
    }


def _draw(
    rng: np.random.Generator, dtype: str, shape: tuple[int, ...], bounds: tuple[float, float] | None
) -> np.ndarray:
    if dtype == "string":
        return np.array([f"s{value}" for value in rng.integers(0, 10, math.prod(shape))], dtype=object).reshape(shape)
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(np.bool_)
    if dtype.startswith(("int", "uint")):
        low, high = bounds or _RANGES.get(dtype, _INTEGERS)
        return rng.integers(int(low), int(high), shape).astype(dtype_named(dtype).numpy())
    low, high = bounds or _FLOATS
    if dtype.startswith("complex"):
        return (rng.uniform(low, high, shape) + 1j * rng.uniform(low, high, shape)).astype(dtype)
    return rng.uniform(low, high, shape).astype(np.float32).astype(dtype_named(dtype).numpy())
