"""Fuzzes one reader with atheris; every distinct finding is written down, and fuzzing goes on.

    python tests/fuzz/fuzz_reader.py READER FINDINGS SECONDS CORPUS

A finding is an exception that is no answer to a user, more than 10 seconds of the processor, or more than 1 GiB of
memory. Of findings at the same place in the code the smallest input is kept, as
``FINDINGS/<reader>/<type>-<place>.bin``, and the traceback beside it.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import traceback
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["modelwright"]):
    from mutators import mutate
    from readers import READERS

    from modelwright.frontends.tensorflow import bundle_table

_SECONDS = 10
_MEMORY = 1 << 30
_IN_KIND = 0.8


class Hang(BaseException):
    """The reader takes longer than a user would wait for a small file."""


class _Target:
    def __init__(self, reader: str, findings: Path) -> None:
        self.reader = reader
        self.findings = findings / reader
        self.findings.mkdir(parents=True, exist_ok=True)
        self.scratch = Path(tempfile.mkdtemp(prefix="fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        self.current = self.findings / f"running-{os.getpid()}"

    def one_input(self, data: bytes) -> None:
        self.current.write_bytes(data)
        signal.setitimer(signal.ITIMER_PROF, _SECONDS)
        try:
            READERS[self.reader](data, self.scratch)
        except (Exception, Hang) as error:  # noqa: BLE001  everything that comes here is a finding
            signal.setitimer(signal.ITIMER_PROF, 0)
            self._note(error, data)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    def _note(self, error: BaseException, data: bytes) -> None:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/modelwright/" in frame.filename]
        place = f"{Path(frames[-1].filename).stem}-{frames[-1].name.strip('<>')}" if frames else "elsewhere"
        path = self.findings / f"{type(error).__name__}-{place}.bin"
        if not path.exists() or path.stat().st_size > len(data):
            path.write_bytes(data)
            path.with_suffix(".txt").write_text("".join(traceback.format_exception(error)))


def _hang(number: int, frame: object) -> None:
    raise Hang


def _limit_memory() -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + _MEMORY, used + _MEMORY))


def _mutator(reader: str) -> object:
    def custom(data: bytes, largest: int, seed: int) -> bytes:
        found = mutate(reader, data, seed) if random.Random(seed).random() < _IN_KIND else None
        return atheris.Mutate(data, largest) if found is None else found

    return custom


def main() -> None:
    """Runs until the time is over."""
    reader, findings, seconds, corpus = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    bundle_table.__dict__["_CRC_LIMIT"] = 0  # checksums would hide what lies behind them
    target = _Target(reader, findings)
    for seed in sorted(Path(corpus).iterdir()):
        target.one_input(seed.read_bytes())
    signal.signal(signal.SIGPROF, _hang)
    _limit_memory()
    own = target.findings / "corpus"
    own.mkdir(exist_ok=True)
    arguments = [sys.argv[0], str(own), corpus, f"-max_total_time={seconds}", "-max_len=60000", "-timeout=30"]
    arguments += ["-rss_limit_mb=0", "-print_final_stats=1", f"-artifact_prefix={target.findings}/"]
    try:
        atheris.Setup(arguments, target.one_input, custom_mutator=_mutator(reader))
        atheris.Fuzz()
    finally:
        shutil.rmtree(target.scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
