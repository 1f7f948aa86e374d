"""External data: weights of an ONNX model kept in files beside it (ONNX's ``docs/ExternalData.md``).

Reading maps each file once; ``modelwright.schemas.companions`` says which files are refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import onnx_ir as ir

from modelwright.errors import ModelFormatError
from modelwright.hub.io_tensors import byte_length, tensor_on
from modelwright.schemas.companions import companion
from modelwright.schemas.spans import map_file

_ALIGNMENTS = ((1 << 20, 1 << 16), (1 << 16, 1 << 12), (0, 64))
"""Length from which on a tensor starts at a multiple of so many bytes: what Windows maps, pages, cache lines."""

DATA_SUFFIX = ".data"


class ExternalFiles:
    """The external data files of one model, mapped on first use."""

    def __init__(self, model_path: Path) -> None:
        """Prepares to read.

        Args:
            model_path: The model's file; locations are relative to its folder.
        """
        self._model = model_path
        self._folder = model_path.parent
        self._maps: dict[Path, memoryview] = {}

    def tensor(self, tensor: ir.ExternalTensor) -> ir.TensorProtocol:
        """The tensor as a view on its mapped file, with the same metadata.

        Raises:
            ModelNotFoundError: The file is not there.
            ModelFormatError: The location is refused, or the file is shorter than the tensor.
        """
        name = tensor.name or ""
        expected = byte_length(tensor.dtype, tensor.shape.numpy())
        offset, length = tensor.offset or 0, expected if tensor.length is None else tensor.length
        what = f"{self._model}: the external data of tensor {name!r}"
        path = companion(self._folder, str(tensor.location), what=what)
        if length != expected:
            raise ModelFormatError(
                f"{self._model}: tensor {name!r} has {length} bytes in {path.name}, but "
                f"{tensor.dtype.name.lower()}{list(tensor.shape.numpy())} needs {expected}",
                hint="the model and its data belong to different exports; copy both files again",
            )
        if length == 0:
            return _described_as(tensor, b"")
        data = self._map(path)
        if offset < 0 or length < 0 or offset + length > len(data):
            raise ModelFormatError(
                f"{path}: tensor {name!r} lies at bytes {offset} to {offset + length}, the file has {len(data)}",
                hint="the external data is truncated or belongs to another model; copy both files again",
            )
        return _described_as(tensor, data[offset : offset + length])

    def _map(self, path: Path) -> memoryview:
        if path not in self._maps:
            self._maps[path] = map_file(path)
        return self._maps[path]


def _described_as(tensor: ir.ExternalTensor, data: memoryview | bytes) -> ir.TensorProtocol:
    found = tensor_on(data, tensor.dtype, tensor.shape.numpy(), name=tensor.name or "", doc=tensor.doc_string)
    found.metadata_props.update(tensor.metadata_props)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a tensor goes in a data file, in bytes."""

    offset: int
    length: int


def lay_out(lengths: Iterable[int]) -> list[Placement]:
    """Offsets of tensors one after the other, aligned so that runtimes can map the large ones.

    From 1 MiB on they start at multiples of 64 KiB, from 64 KiB on at multiples of 4 KiB (ONNX's
    ``docs/ExternalData.md`` names both: what Windows and what other systems can map), smaller ones at multiples of 64.

    Args:
        lengths: Length of each tensor in bytes.
    """
    placements: list[Placement] = []
    end = 0
    for length in lengths:
        alignment = next(alignment for start, alignment in _ALIGNMENTS if length >= start)
        offset = -(-end // alignment) * alignment
        placements.append(Placement(offset=offset, length=length))
        end = offset + length
    return placements
