"""An ONNX file as its message, with the large bytes fields left in the mapped file."""

from __future__ import annotations

from pathlib import Path

import onnx

from modelwright.errors import ModelFormatError
from modelwright.hub.io_checks import check_message
from modelwright.schemas.spans import SpanStore
from modelwright.schemas.wire import parse_file

_MAGICS = {
    b"PK\x03\x04": "a zip archive (a Keras or PyTorch model?)",
    b"\x89HDF": "an HDF5 file (a Keras model?)",
    b"\x1f\x8b": "a gzip archive",
    b"\x80": "a Python pickle (a PyTorch model?)",
    b"version https://git-lfs": "a Git LFS pointer; fetch the file itself with `git lfs pull`",
}


def read_proto(path: Path, spans: SpanStore) -> onnx.ModelProto:
    """The model's message with large bytes fields replaced by markers into ``spans``.

    Raises:
        ModelNotFoundError: The file cannot be opened.
        ModelFormatError: It is empty, damaged or not an ONNX model.
    """
    try:
        proto: onnx.ModelProto = parse_file(onnx.ModelProto, path, spans)
    except ModelFormatError as error:
        raise _explained(path, error) from error
    if not proto.HasField("graph"):
        raise _explained(path, ModelFormatError(f"{path}: not an ONNX model (it holds no graph)"))
    if proto.ir_version >= 3 and not proto.opset_import:
        raise ModelFormatError(
            f"{path}: not a complete ONNX model (it names no opset)", hint="the file may be truncated; copy it again"
        )
    check_message(path, proto)
    return proto


def _explained(path: Path, error: ModelFormatError) -> ModelFormatError:
    """The error, or a better one when the file's beginning tells what it is."""
    with path.open("rb") as file:
        head = file.read(256)
    for magic, what in _MAGICS.items():
        if head.startswith(magic):
            return ModelFormatError(f"{path}: not an ONNX model but {what}")
    if head and all(32 <= byte < 127 or byte in b"\t\n\r" for byte in head):
        return ModelFormatError(f"{path}: not an ONNX model but a text file")
    return error
