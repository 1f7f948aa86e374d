"""Weights of MindIR files, in the file or beside it."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx_ir as ir

from modelwright.errors import ModelFormatError
from modelwright.frontends.mindspore.dtypes import stored_dtype
from modelwright.schemas.companions import companion
from modelwright.schemas.mindspore_cipher import is_encrypted

_HEADER: Final = 64
_LITTLE_ENDIAN: Final = 1
_MAX_RANK: Final = 64


class TensorReader:
    """Reads ``TensorProto`` messages of one file.

    Attributes:
        files: The files beside it that were read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.files: dict[Path, np.ndarray] = {}

    def read(self, message: Any) -> ir.TensorProtocol:
        """The tensor.

        Raises:
            ModelFormatError: Its bytes are not there, or are not as many as its dtype and shape ask for.
        """
        where = f"{self._path}: tensor {message.name!r}"
        dtype, dims = stored_dtype(message.data_type, where), list(message.dims)
        if len(dims) > _MAX_RANK or any(size < 0 for size in dims):
            raise ModelFormatError(f"{where} has the shape {dims[:_MAX_RANK]}, which no stored tensor has")
        size = dtype.itemsize * prod(dims)
        outside = message.external_data.location
        data = self._outside(message, where) if outside else np.frombuffer(message.raw_data, np.uint8)
        if data.size != size:
            raise ModelFormatError(
                f"{where} holds {data.size:,} bytes where {dtype.name.lower()} of the shape {dims} takes {size:,}",
                hint="the file is damaged: export the model again",
            )
        array = np.frombuffer(data, dtype.numpy()).reshape(dims)
        return ir.Tensor(array, dtype=dtype, name=message.name)

    def _outside(self, message: Any, where: str) -> np.ndarray:
        place = message.external_data
        data = self._file(companion(self._path.parent, place.location, what=f"{where}: its file"), where)
        if place.offset < 0 or place.length < 0 or place.offset + place.length > data.size:
            raise ModelFormatError(
                f"{where} ends beyond {place.location}, which has {data.size:,} bytes",
                hint="the file of weights is cut or belongs to another model",
            )
        return data[place.offset : place.offset + place.length]

    def _file(self, path: Path, where: str) -> np.ndarray:
        if path not in self.files:
            try:
                data = np.memmap(path, np.uint8, "r")
            except (OSError, ValueError) as error:
                raise ModelFormatError(
                    f"{where} lies in {path}, which cannot be read: {error}",
                    hint="copy the folder of weights beside the .mindir",
                ) from error
            if is_encrypted(data[:4].tobytes()):
                raise ModelFormatError(
                    f"{path} is encrypted: weights in files of their own are not decrypted",
                    hint="load the model in MindSpore and export it without enc_key",
                )
            if data.size < _HEADER or data[0] != _LITTLE_ENDIAN:
                raise ModelFormatError(
                    f"{path} is no file of MindSpore's weights, or of the other byte order",
                    hint="copy the folder of weights that was written with the .mindir",
                )
            self.files[path] = data
        return self.files[path]
