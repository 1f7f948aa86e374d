"""Wall time, CPU time and peak memory of whole processes, and facts about the machine they ran on.

Imports the standard library only: on Linux a child's peak memory is at least what its parent held when it was started.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_UNWANTED = ("PYTHONDONTWRITEBYTECODE", "MODELWRIGHT_TF_PYTHON", "MODELWRIGHT_PADDLE_PYTHON")
"""Variables that would change what is measured: no byte code, or a run of the framework to compare with."""
_VECTORS = {"avx512_vnni": "AVX512-VNNI", "avx_vnni": "AVX-VNNI", "avx512f": "AVX512", "avx2": "AVX2"}
"""What /proc/cpuinfo calls instructions, and people do; the widest first."""


class CommandError(Exception):
    """A measured command did not end with exit code 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What one process took.

    Attributes:
        wall: Seconds from start to exit.
        cpu: User and system seconds, of its children too.
        peak_mib: Largest resident memory of the process or any of its children, in MiB.
    """

    wall: float
    cpu: float
    peak_mib: float


def run(command: list[str], *, limit: float | None = None) -> Measurement:
    """Runs a command to its end, in an empty folder, and measures it.

    Some tools leave files where they are run. Byte code may be written, as it is on a user's machine, whatever the
    caller's environment says.

    Args:
        command: The program and its arguments.
        limit: Seconds after which it is killed.

    Raises:
        CommandError: The exit code was not 0; the message ends with the last lines it wrote.
    """
    environment = {key: value for key, value in os.environ.items() if key not in _UNWANTED}
    environment |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    with tempfile.TemporaryFile() as log, tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=folder)
        timer = threading.Timer(limit or 0, child.kill)
        if limit is not None:
            timer.start()
        _, status, usage = os.wait4(child.pid, 0)
        timer.cancel()
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            log.seek(0)
            tail = log.read().decode(errors="replace").splitlines()[-12:]
            raise CommandError(f"exit code {child.returncode}: {' '.join(command)}\n" + "\n".join(tail))
    return Measurement(wall=wall, cpu=usage.ru_utime + usage.ru_stime, peak_mib=usage.ru_maxrss / 1024)


def median(measurements: list[Measurement]) -> Measurement:
    """The median of each quantity by itself."""
    fields = {key: statistics.median(asdict(one)[key] for one in measurements) for key in asdict(measurements[0])}
    return Measurement(**fields)


def machine_facts() -> dict[str, Any]:
    """Processor, cores, memory, system and Python; no names of hosts or users."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        processor = _named(info.read_text().splitlines()) or processor
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
    }


def _named(lines: list[str]) -> str:
    """Model and widest vector instructions of the first processor; empty where neither is told."""
    rows = [line.partition(":")[::2] for line in lines]
    model = next((value.strip() for key, value in rows if key.startswith("model name")), "")
    flags = next((set(value.split()) for key, value in rows if key.startswith("flags")), set[str]())
    widest = next((text for flag, text in _VECTORS.items() if flag in flags), "")
    return f"{model} ({widest})" if model and widest else model


def versions(python: str, packages: list[str]) -> dict[str, str]:
    """The versions of packages as another interpreter has them."""
    code = "import sys, importlib.metadata as m\nfor p in sys.argv[1:]: print(m.version(p))"
    found = subprocess.run([python, "-c", code, *packages], check=True, capture_output=True, text=True)
    return dict(zip(packages, found.stdout.split(), strict=True))
