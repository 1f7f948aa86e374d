"""A TFLite model as it stands in the file, without FlatBuffers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx_ir as ir


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantization:
    """``real = (stored - zero_point) * scale``.

    Attributes:
        scale: float32, of one element, or of one for each index of ``axis``.
        zero_point: int64, as long as ``scale``.
        axis: The dimension that several scales are about.
    """

    scale: np.ndarray
    zero_point: np.ndarray
    axis: int

    @property
    def per_channel(self) -> bool:
        """Whether there is a scale for each index of ``axis``."""
        return self.scale.size > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteTensor:
    """A tensor of a subgraph.

    Attributes:
        name: Its name; texts such as ``a;b;c`` are the names of layers that were fused.
        dtype: Its element type as stored, or None for resources and variants.
        shape: The sizes it has unless inputs are resized; None when even the rank is unknown.
        signature: The same with None for dimensions that vary.
        data: Its contents if constant, in its shape.
        quantization: What stored numbers mean; None when they mean themselves.
        variable: Whether it keeps its contents from one run to the next.
    """

    name: str
    dtype: ir.DataType | None
    shape: tuple[int, ...] | None
    signature: tuple[int | None, ...] | None
    data: np.ndarray | None = None
    quantization: Quantization | None = None
    variable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteOperator:
    """An operator of a subgraph.

    Attributes:
        name: ``CONV_2D``; of a custom operator its own name.
        custom: Whether it is a custom operator.
        version: The version of its meaning.
        inputs: Indices of tensors; -1 for an optional one left out.
        outputs: Indices of tensors.
        attributes: Its options by name; empty when it has none.
        custom_options: The bytes of a custom operator's options.
    """

    name: str
    custom: bool
    version: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    attributes: Mapping[str, Any]
    custom_options: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subgraph:
    """A graph: the model itself, or the body of a branch or loop; operators stand in the order they run."""

    name: str
    tensors: tuple[LiteTensor, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    operators: tuple[LiteOperator, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteSignature:
    """A named entry point.

    Attributes:
        key: Its name.
        subgraph: The subgraph that it runs.
        inputs: Argument to index of a tensor.
        outputs: Result to index of a tensor.
    """

    key: str
    subgraph: int
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteModel:
    """A whole file.

    Attributes:
        path: Where it was read, as text.
        version: Version of the schema, 3.
        description: What the file says about its maker.
        subgraphs: The graphs; the first one is the model.
        signatures: Its entry points.
        metadata: Names of the metadata entries.
    """

    path: str
    version: int
    description: str
    subgraphs: tuple[Subgraph, ...]
    signatures: tuple[LiteSignature, ...] = ()
    metadata: tuple[str, ...] = field(default=())
