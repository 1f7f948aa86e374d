"""Encrypted files of MindSpore: blocks of at most 64 MiB, one after the other, each with a mark that names the cipher.

A block is, with integers of 32 bits in little-endian order: the mark; for AES-GCM a tag of 16 bytes; the length of what
follows; the length of the initialization vector, which is 16; the vector; the length of the ciphertext; the ciphertext.
CBC pads as PKCS #7 does. Of AES-GCM's vector MindSpore 2.10 uses the first 12 bytes, others all. Source: files that
MindSpore 2.10 wrote, and the format's public description.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelwright.errors import ModelFormatError, ModelNotFoundError, ToolMissingError, UsageError

MODES: Final = {0x7F3A5ED8: "AES-GCM", 0x7F3A5ED9: "AES-CBC", 0x7F3A5EDA: "SM4-CBC"}
"""Mark to cipher."""

_LENGTHS: Final = {"AES-GCM": (16, 24, 32), "AES-CBC": (16, 24, 32), "SM4-CBC": (16,)}
_TAG: Final = 16
_VECTOR: Final = 16
_USED_OF_VECTOR: Final = {"AES-GCM": (12, _VECTOR), "AES-CBC": (_VECTOR,), "SM4-CBC": (_VECTOR,)}
"""How many bytes of the vector may be the real one; AES-GCM's tag tells which."""

_HEXADECIMAL: Final = "hex:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cipher:
    """What opens an encrypted file.

    Attributes:
        key: The key, 16, 24 or 32 bytes.
        mode: The cipher that the user named; None to take the file's word.
    """

    key: bytes
    mode: str | None = None


def read_cipher(key_file: Path | None, mode: str | None) -> Cipher | None:
    """The key in a file, or None when none is named.

    Args:
        key_file: A file with the key's bytes, or with ``hex:`` and its digits.
        mode: ``AES-GCM``, ``AES-CBC`` or ``SM4-CBC``; None for what the encrypted file says.

    Raises:
        UsageError: There is no such cipher, or a cipher without a key.
        ModelNotFoundError: The file of the key cannot be read.
        ModelFormatError: It holds no key.
    """
    if mode is not None and mode not in _LENGTHS:
        raise UsageError(f"dec_mode is {mode!r}", hint=f"it is one of {', '.join(_LENGTHS)}")
    if key_file is None:
        if mode is not None:
            raise UsageError("dec_mode does nothing without dec_key", hint="name the file of the key, too")
        return None
    try:
        data = key_file.read_bytes()
    except OSError as error:
        raise ModelNotFoundError(
            f"{key_file} cannot be read: {error.strerror}", hint="dec_key is a file that holds the key"
        ) from error
    return Cipher(key=_key(data, key_file), mode=mode)


def _key(data: bytes, path: Path) -> bytes:
    text = data.decode("ascii", "replace").strip()
    try:
        key = bytes.fromhex(text.removeprefix(_HEXADECIMAL)) if text.startswith(_HEXADECIMAL) else data
    except ValueError:
        key = b""
    if len(key) not in _LENGTHS["AES-GCM"]:
        raise ModelFormatError(
            f"{path} holds no key: a key has 16, 24 or 32 bytes",
            hint=f"write the bytes alone, without a line's end, or {_HEXADECIMAL!r} and their hexadecimal digits",
        )
    return key


def is_encrypted(data: bytes | memoryview) -> bool:
    """Whether bytes begin as an encrypted file does."""
    return len(data) >= 4 and struct.unpack_from("<I", data)[0] in MODES


def mode_of(path: Path) -> str:
    """The cipher of an encrypted file."""
    with path.open("rb") as stream:
        return MODES[struct.unpack("<I", stream.read(4))[0]]


def decrypt(data: bytes, cipher: Cipher | None, path: Path) -> bytes:
    """The contents of an encrypted file; those of another file as they are.

    Args:
        data: The file's bytes.
        cipher: What opens it, or None.
        path: The file, for messages.

    Raises:
        ModelFormatError: It is encrypted and there is no key, the key is not the right one, or it is damaged.
        UsageError: The user names another cipher, or a key although nothing is encrypted.
        ToolMissingError: The library that decrypts is not installed.
    """
    if not is_encrypted(data):
        if cipher is not None:
            raise UsageError(f"{path} is not encrypted", hint="leave dec_key out")
        return data
    mode = MODES[struct.unpack_from("<I", data)[0]]
    if cipher is None:
        raise ModelFormatError(f"{path} is encrypted ({mode})", hint="name a file that holds the key: --dec_key FILE")
    if cipher.mode not in (None, mode):
        raise UsageError(f"{path} is encrypted with {mode}, not {cipher.mode}", hint=f"give --dec_mode {mode}")
    if len(cipher.key) not in _LENGTHS[mode]:
        lengths = " or ".join(map(str, _LENGTHS[mode]))
        raise ModelFormatError(f"{path}: keys of {mode} have {lengths} bytes, not {len(cipher.key)}")
    return b"".join(_opened(vector, tag, text, cipher.key, mode, path) for tag, vector, text in _blocks(data, path))


def _blocks(data: bytes, path: Path) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Tag, initialization vector and ciphertext of each block."""
    offset, first = 0, data[:4]
    while offset < len(data):
        tag_size = _TAG if MODES[struct.unpack("<I", first)[0]] == "AES-GCM" else 0
        head = offset + 4 + tag_size
        text = head + 12 + _VECTOR
        if data[offset : offset + 4] != first or text > len(data):
            raise _damaged(path)
        length, vector_size = struct.unpack_from("<ii", data, head)
        (text_size,) = struct.unpack_from("<i", data, text - 4)
        end = text + text_size
        if vector_size != _VECTOR or text_size <= 0 or length != 8 + _VECTOR + text_size or end > len(data):
            raise _damaged(path)
        yield data[offset + 4 : head], data[head + 8 : text - 4], data[text:end]
        offset = end


def _damaged(path: Path) -> ModelFormatError:
    return ModelFormatError(f"{path} is encrypted and damaged: its blocks do not fit", hint="copy or export it again")


def _opened(vector: bytes, tag: bytes, text: bytes, key: bytes, mode: str, path: Path) -> bytes:
    """The contents of a block."""
    try:
        from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
    except ImportError as error:
        raise ToolMissingError(
            f"{path} is encrypted, and no library to decrypt it is installed",
            hint="pip install 'modelwright[encrypted]'",
        ) from error
    reason: Exception | None = None
    for size in _USED_OF_VECTOR[mode]:
        try:
            return _plain(vector[:size], tag, text, key, mode)
        except UnsupportedAlgorithm as error:
            raise ToolMissingError(f"{path}: the installed cryptography has no {mode}", hint="reinstall it") from error
        except (InvalidTag, ValueError) as error:
            reason = error
    raise ModelFormatError(
        f"{path}: the key does not open it", hint="check the key; or the file is damaged"
    ) from reason


def _plain(vector: bytes, tag: bytes, text: bytes, key: bytes, mode: str) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher as Machine
    from cryptography.hazmat.primitives.ciphers import algorithms, modes
    from cryptography.hazmat.primitives.padding import PKCS7

    if mode == "AES-GCM":
        opening = Machine(algorithms.AES(key), modes.GCM(vector, tag)).decryptor()
        return opening.update(text) + opening.finalize()
    algorithm = algorithms.SM4(key) if mode == "SM4-CBC" else algorithms.AES(key)
    closing, unpadder = Machine(algorithm, modes.CBC(vector)).decryptor(), PKCS7(8 * _VECTOR).unpadder()
    return unpadder.update(closing.update(text) + closing.finalize()) + unpadder.finalize()
