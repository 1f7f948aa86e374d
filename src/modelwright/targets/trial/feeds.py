"""What a one-node model is run on: sizes for open dimensions, and integers that are likely to be valid."""

from __future__ import annotations

from typing import Any, Final

import onnx_ir as ir

from modelwright.hub.dtypes import dtype_name
from modelwright.hub.single_node import Port

OPEN_SIZE: Final = 16
"""Size of every open dimension: equal ones broadcast and multiply, and most windows fit in."""

_INDEXED = frozenset("Gather GatherND GatherElements Scatter ScatterND ScatterElements OneHot".split())
"""Operators whose integers are indices: 0 is always valid. For the others, sizes and divisors, 1 is."""

_STEERED = frozenset("Resize Upsample AffineGrid RoiAlign MaxRoiPool GridSample".split())
"""Operators whose further inputs are factors and places that random numbers do not make."""

_SIZES: Final = frozenset({ir.DataType.INT32, ir.DataType.INT64})
"""Dtypes that inputs with sizes have."""

_LARGEST: Final = 1 << 26
"""Elements of the largest input that is made up: 256 MiB of float32."""


def feeds_for(op_type: str, ports: tuple[Port, ...]) -> tuple[dict[str, Any], ...] | None:
    """Feeds for all inputs, or None when one is no tensor, of unknown rank or too large."""
    integers = 0 if op_type in _INDEXED else 1
    feeds: list[dict[str, Any]] = []
    for port in ports:
        if port.dtype is None or port.shape is None:
            return None
        shape = [dim if isinstance(dim, int) else OPEN_SIZE for dim in port.shape]
        elements = 1
        for size in shape:
            elements *= size
        if elements > _LARGEST:
            return None
        feeds.append({"name": port.name, "dtype": dtype_name(port.dtype), "shape": shape, "integers": integers})
    return tuple(feeds)


def is_certain(op_type: str, ports: tuple[Port, ...], *, runs: bool = True) -> bool:
    """Whether a failure is the node's fault: no size was chosen here, and no input holds sizes or indices.

    Args:
        op_type: The operator.
        ports: Its inputs.
        runs: Whether the engine runs the node on values; one that only builds looks at no values but sizes.
    """
    if op_type in _STEERED and len(ports) > 1:
        return False
    return all(
        port.dtype is not None
        and (port.dtype.is_floating_point() if runs else port.dtype not in _SIZES)
        and port.shape is not None
        and all(isinstance(dim, int) for dim in port.shape)
        for port in ports
    )
