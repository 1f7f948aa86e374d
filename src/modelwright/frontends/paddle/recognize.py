"""Telling Paddle's programs from other files by their first bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from modelwright.formats import Format

_LOOKED_AT: Final = 512
_BLOCKS: Final = 0x0A
_INDEX: Final = 0x08


def program_format(path: Path) -> Format | None:
    """The format of a program's file, or None when it is none.

    A PIR program is JSON that says ``"magic": "pir"`` at its beginning or end; a ProgramDesc starts with a block
    (field 1), which starts with its index (field 1 of it, a number).
    """
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        head = stream.read(_LOOKED_AT)
        stream.seek(0, 2)
        stream.seek(max(0, stream.tell() - _LOOKED_AT))
        tail = stream.read(_LOOKED_AT)
    if head.lstrip().startswith(b"{"):
        text = (head + tail).replace(b" ", b"")
        return Format.PADDLE_PIR if b'"magic":"pir"' in text else None
    return Format.PADDLE_PROGRAM if _starts_with_block(head) else None


def _starts_with_block(head: bytes) -> bool:
    if len(head) < 4 or head[0] != _BLOCKS:
        return False
    position = 1
    while position < len(head) and position < 6 and head[position] & 0x80:
        position += 1
    return head[position + 1 : position + 4 : 2] == bytes([_INDEX, 0x10]) and head[position + 2] == 0
