"""Contents of small tensors through comparisons and choices, as exporters write them around the sizes of Expand."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.hub.shapes import Shapes, value_rule


def _equal(left: Dim, right: Dim) -> Dim:
    """1, 0, or None where it cannot be told; a named size is not negative."""
    if left is None or right is None:
        return None
    if left == right:
        return 1
    numbers = [item for item in (left, right) if isinstance(item, int)]
    return 0 if len(numbers) == 2 or any(number < 0 for number in numbers) else None


def _choose(condition: Dim, left: Dim, right: Dim) -> Dim:
    if condition is None:
        return left if left == right else None
    return left if condition else right


_EQUAL = np.frompyfunc(_equal, 2, 1)
_CHOOSE = np.frompyfunc(_choose, 3, 1)


def _elementwise(compute: np.ufunc, shapes: Shapes, node: ir.Node) -> np.ndarray | None:
    found = [shapes.contents(value) if value is not None else None for value in node.inputs]
    arrays = [array for array in found if array is not None]
    if len(arrays) != compute.nin or len({array.size for array in arrays} - {1}) > 1:
        return None
    return np.asarray(compute(*arrays), dtype=object)


@value_rule("Equal")
def equal(shapes: Shapes, node: ir.Node) -> np.ndarray | None:
    """Entry by entry; two names may stand for the same size, a name and a negative number may not."""
    return _elementwise(_EQUAL, shapes, node)


@value_rule("Where")
def where(shapes: Shapes, node: ir.Node) -> np.ndarray | None:
    """The entries chosen; where the condition is unknown those that are the same either way."""
    return _elementwise(_CHOOSE, shapes, node)
