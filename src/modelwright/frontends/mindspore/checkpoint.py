"""Checkpoints of MindSpore (``.ckpt``): names and numbers of weights, without the network that they belong to."""

from __future__ import annotations

import zlib
from collections import Counter
from math import prod
from pathlib import Path
from typing import Any, Final

from google.protobuf.message import DecodeError

from modelwright.diagnostics import ModelSummary
from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.formats import Format
from modelwright.frontends.sniffing import BYTES, leading_fields
from modelwright.schemas.mindspore_cipher import Cipher, decrypt, is_encrypted
from modelwright.schemas.pool import load_schema

_VALUE: Final = (1, BYTES)
_TAG: Final = 0x0A
_HEAD: Final = 16
_CHECKED: Final = b"crc_num"
_CHECK_SIZE: Final = 10


def is_checkpoint(path: Path) -> bool:
    """Whether a ``.ckpt`` file begins as a list of named tensors, or is encrypted; TensorFlow's of that name do not."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if is_encrypted(head):
        return True
    after = next((place + 1 for place in range(1, len(head)) if head[place] < 0x80), len(head))
    named = after < len(head) and head[after] == _TAG
    return named and set(leading_fields(path)) == {_VALUE}


def describe_checkpoint(path: Path, cipher: Cipher | None = None) -> ModelSummary:
    """How many weights there are, of which dtypes.

    Args:
        path: The file.
        cipher: What opens it, when it is encrypted.

    Raises:
        ModelNotFoundError: It cannot be read.
        ModelFormatError: It is damaged, or encrypted and the key is not there or not right.
        ToolMissingError: It is encrypted, and no library to decrypt it is installed.
    """
    tensors = [value.tensor for value in _read(path, cipher).value if value.HasField("tensor")]
    dtypes = Counter(str(item.tensor_type).lower() for item in tensors)
    return ModelSummary(
        format=Format.MINDSPORE_CHECKPOINT.label,
        inputs=(),
        outputs=(),
        operators={},
        parameters=sum(prod(item.dims) for item in tensors),
        weight_bytes=sum(len(item.tensor_content) for item in tensors),
        file_bytes=path.stat().st_size,
        details={
            "tensors": len(tensors),
            "dtypes": ", ".join(f"{count} {name}" for name, count in sorted(dtypes.items())),
            "holds": "weights only; the network is Python code: export it to .mindir from MindSpore",
        },
    )


def _read(path: Path, cipher: Cipher | None) -> Any:
    try:
        data = _without_check(decrypt(path.read_bytes(), cipher, path), path)
        found = load_schema("mindir").message("Checkpoint").FromString(data)
    except OSError as error:
        raise ModelNotFoundError(f"{path} cannot be read: {error.strerror}", hint="check the permissions") from error
    except DecodeError as error:
        raise ModelFormatError(f"{path} is a damaged checkpoint: {error}", hint="save the checkpoint again") from error
    for value in found.value:
        if any(size < 0 for size in value.tensor.dims):
            raise ModelFormatError(f"{path}: {value.tag!r} has the shape {list(value.tensor.dims)}")
    return found


def _without_check(data: bytes, path: Path) -> bytes:
    """The contents without the checksum that may stand behind them."""
    body, mark = data[: -_CHECK_SIZE - len(_CHECKED)], data[-_CHECK_SIZE - len(_CHECKED) : -_CHECK_SIZE]
    if mark != _CHECKED:
        return data
    if int.from_bytes(data[-_CHECK_SIZE:], "big") != zlib.crc32(body):
        raise ModelFormatError(f"{path} is damaged: its checksum does not fit", hint="save the checkpoint again")
    return body
