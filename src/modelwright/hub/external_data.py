"""External data: weights of an ONNX model kept in files beside it (ONNX's ``docs/ExternalData.md``).

Reading maps each file once and refuses what leads out of the model's folder: a model from elsewhere could otherwise
make the reader load, and then ship, any file of the machine. Files with several hard links are accepted: making one
takes write access to the folder, and deduplicating stores make them all the time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import onnx_ir as ir

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.hub.io_tensors import byte_length, tensor_on
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
            ModelFormatError: The location leads out of the folder, or the file is shorter than the tensor.
        """
        name = tensor.name or ""
        expected = byte_length(tensor.dtype, tensor.shape.numpy())
        offset, length = tensor.offset or 0, expected if tensor.length is None else tensor.length
        path = self._locate(str(tensor.location), name)
        if length == 0:
            return _described_as(tensor, b"")
        data = self._map(path)
        if offset < 0 or length < 0 or offset + length > len(data):
            raise ModelFormatError(
                f"{path}: tensor {name!r} lies at bytes {offset} to {offset + length}, the file has {len(data)}",
                hint="the external data is truncated or belongs to another model; copy both files again",
            )
        return _described_as(tensor, data[offset : offset + length])

    def _locate(self, location: str, name: str) -> Path:
        path = self._folder / location
        if not location or Path(location).is_absolute() or "\0" in location:
            raise self._refused(location, name, "is not a relative path")
        if not path.resolve().is_relative_to(self._folder.resolve()):
            raise self._refused(location, name, "leads out of the model's folder")
        if not path.is_file():
            raise ModelNotFoundError(
                f"{path}: external data of {self._model} (tensor {name!r}) not found",
                hint="copy the data file beside the model, under this name",
            )
        return path

    def _refused(self, location: str, name: str, reason: str) -> ModelFormatError:
        return ModelFormatError(
            f"{self._model}: the external data {location!r} of tensor {name!r} {reason}",
            hint="copy the model and its data files into one folder, without symbolic links that lead elsewhere",
        )

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
