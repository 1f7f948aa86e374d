"""Sparse weights as dense arrays.

The format, as the schema describes it: dimensions are walked in ``traversal_order``, where those after the tensor's own
are the blocks that ``block_map`` cuts. A DENSE dimension has all of its indices; a SPARSE_CSR one has for each place of
the dimension before it a segment of a list of indices. What is reached at the end are the stored elements in order.
"""

from __future__ import annotations

import numpy as np

from modelwright.errors import ModelFormatError
from modelwright.schemas.flatbuffers import Table
from modelwright.schemas.tflite.tables import DIMENSIONS, INDICES, SEGMENTS

_DENSE = 0
_VECTORS = ("", "Int32Vector", "Uint16Vector", "Uint8Vector")


def densified(sparsity: Table, stored: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The dense array of ``shape``.

    Args:
        sparsity: The SparsityParameters.
        stored: 1-D, the elements kept.
        shape: The tensor's shape.

    Raises:
        ModelFormatError: The dimensions contradict each other.
    """
    found = sparsity.read()
    order, blocks = found["traversal_order"].tolist(), found["block_map"].tolist()
    dimensions = sparsity.tables(DIMENSIONS, "DimensionMetadata")
    places = np.zeros((1, 0), np.int64)
    for table in dimensions:
        places = _descend(table, places)
    if sorted(order) != list(range(len(shape) + len(blocks))) or places.shape != (stored.size, len(order)):
        raise ModelFormatError(
            f"{sparsity.file.name}: a sparse tensor of shape {list(shape)} whose dimensions do not fit"
        )
    walked = places[:, np.argsort(order)]
    levels = (dimensions[order.index(len(shape) + number)] for number in range(len(blocks)))
    sizes = {axis: int(level.read()["dense_size"]) for axis, level in zip(blocks, levels, strict=True)}
    index = [walked[:, axis] * sizes.get(axis, 1) for axis in range(len(shape))]
    for number, axis in enumerate(blocks):
        index[axis] = index[axis] + walked[:, len(shape) + number]
    dense = np.zeros(shape, stored.dtype)
    if any(part.size and (part.min() < 0 or part.max() >= size) for part, size in zip(index, shape, strict=True)):
        raise ModelFormatError(f"{sparsity.file.name}: a sparse tensor of shape {list(shape)} has elements outside")
    dense[tuple(index)] = stored
    return dense


def _descend(table: Table, places: np.ndarray) -> np.ndarray:
    """The places one dimension deeper: ``[n, depth]`` to ``[m, depth + 1]``."""
    found = table.read()
    if found["format"] == _DENSE:
        size = found["dense_size"]
        inner = np.tile(np.arange(size), len(places))
        return np.concatenate([np.repeat(places, size, axis=0), inner[:, None]], axis=1)
    segments = _numbers(table, SEGMENTS, found["array_segments_type"])
    indices = _numbers(table, INDICES, found["array_indices_type"])
    if len(segments) != len(places) + 1 or segments[-1] != len(indices) or np.any(np.diff(segments) < 0):
        raise table.file.fail(table.position, "segments of a sparse dimension that do not fit")
    return np.concatenate([np.repeat(places, np.diff(segments), axis=0), indices[:, None]], axis=1)


def _numbers(table: Table, slot: int, kind: int) -> np.ndarray:
    found = table.table(slot, _VECTORS[kind]) if 0 < kind < len(_VECTORS) else None
    if found is None:
        raise table.file.fail(table.position, "a sparse dimension without indices")
    return found.read()["values"].astype(np.int64)
