"""All processes of a task: they are known by a variable in their environment, which children inherit (Linux)."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MARK: Final = "MODELWRIGHT_TASK_MARK"


def marked(mark: str) -> Iterator[int]:
    """The processes whose mark begins with ``mark``; this one is left out."""
    wanted, own = f"\0{MARK}={mark}".encode(), str(os.getpid())
    for name in os.listdir("/proc"):  # noqa: PTH208  paths would cost more than all the rest of this
        if not name.isdigit() or name == own:
            continue
        with contextlib.suppress(OSError), open(f"/proc/{name}/environ", "rb", buffering=0) as stream:  # noqa: PTH123
            if wanted in b"\0" + stream.read():
                yield int(name)


def kill_tree(mark: str) -> None:
    """Kills the processes whose mark begins with ``mark``, until there are none left."""
    if not mark:
        return
    while found := list(marked(mark)):
        killed = [pid for pid in found if _kill(pid)]
        if not killed:
            return


def _kill(pid: int) -> bool:
    """Kills a process; whether it was there and not dead already."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
        os.kill(pid, signal.SIGKILL)
    except OSError:
        return False
    return state not in "ZX"


def resident_bytes(mark: str) -> int:
    """Resident memory of the processes with this mark, together."""
    total = 0
    for pid in marked(mark):
        with contextlib.suppress(OSError, ValueError, IndexError):
            total += int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return total * os.sysconf("SC_PAGE_SIZE")
