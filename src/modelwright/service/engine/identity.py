"""Who runs tasks in a data folder: a name that stays when the process is started again."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from modelwright.errors import UsageError
from modelwright.service.clock import new_id

_LONGEST_HOST: Final = 50
_DIGITS: Final = 8


def own_name(data: Path, kind: str) -> str:
    """The machine's name and a number that the data folder keeps."""
    path = data / f"{kind}.id"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(FileExistsError):
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        part.write_text(new_id()[-_DIGITS:], encoding="ascii")
        try:
            os.link(part, path)
        finally:
            part.unlink()
    return f"{socket.gethostname()[:_LONGEST_HOST]}.{path.read_text(encoding='ascii')}.{kind}"


@contextmanager
def alone(data: Path, kind: str) -> Generator[None]:
    """Keeps a second one of this kind out of a data folder.

    Raises:
        UsageError: There is one.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data / f"{kind}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError(f"another {kind} uses {data}", hint="stop it, or give --data another folder") from None
        yield
