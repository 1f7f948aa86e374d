"""Two tensors that may be laid out otherwise, held against each other."""

from __future__ import annotations

import math

import numpy as np

from modelwright.verify.diff.weights import find_permutation
from modelwright.verify.locate.findings import Measure
from modelwright.verify.metrics import distance


def measure(source: np.ndarray, model: np.ndarray) -> Measure:
    """How far the model's tensor is from the source's; transposed and squeezed tensors are brought into line."""
    turned, perm = align(source, model)
    if turned is None:
        return Measure(
            max_abs=math.inf,
            max_rel=math.inf,
            unequal=max(source.size, model.size, 1),
            size=0,
            cosine=None,
            shape_source=source.shape,
            shape_model=model.shape,
        )
    found = distance(model, turned, rtol=0.0, atol=0.0)
    exact = source.dtype.kind in "biuOSU" and model.dtype.kind in "biuOSU"
    return Measure(
        max_abs=found.max_abs,
        max_rel=math.inf if exact and found.mismatches else found.max_rel,
        unequal=found.mismatches,
        size=source.size,
        cosine=found.cosine,
        shape_source=source.shape,
        shape_model=model.shape,
        perm=perm,
    )


def align(source: np.ndarray, model: np.ndarray) -> tuple[np.ndarray | None, tuple[int, ...] | None]:
    """The source's tensor in the model's layout and the order of axes that leads there; None if nothing leads there."""
    if source.shape == model.shape:
        return source, None
    perm = find_permutation(source, model)
    if perm is not None:
        return source.transpose(perm), perm
    sizes = [[size for size in array.shape if size != 1] for array in (source, model)]
    if sizes[0] == sizes[1]:
        return source.reshape(model.shape), None
    return None, None
