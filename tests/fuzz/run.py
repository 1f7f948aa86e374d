"""Fuzzes all readers in turn, one process at a time, and sums up processor time and findings.

    python tests/fuzz/run.py --seconds 60 --folder build/fuzz [--rounds 1] [READER ...]

Corpora grow in ``FOLDER/findings/<reader>/corpus`` from one run to the next. The exit code is 1 if there are findings.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path

from corpus import write
from readers import READERS

_HERE = Path(__file__).parent


def main() -> int:
    """Fuzzes as the arguments say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("readers", nargs="*", choices=[[], *READERS], help="default: all")
    parser.add_argument("--seconds", type=int, default=60, help="for each reader and round")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("build/fuzz"))
    arguments = parser.parse_args()
    write(arguments.folder / "corpus")
    for _ in range(arguments.rounds):
        for reader in arguments.readers or READERS:
            _fuzz(reader, arguments.folder, arguments.seconds)
    findings = sorted(arguments.folder.glob("findings/*/*.bin"))
    for path in findings:
        print(f"finding: {path}")
    return 1 if findings else 0


def _fuzz(reader: str, folder: Path, seconds: int) -> None:
    """One process on one reader; adds its processor time to ``FOLDER/spent.json``."""
    command = [sys.executable, str(_HERE / "fuzz_reader.py"), reader, str(folder / "findings"), str(seconds)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    log = folder / f"{reader}.log"
    with log.open("wb") as stream:
        done = subprocess.run([*command, str(folder / "corpus" / reader)], stdout=stream, stderr=stream, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    runs = [line for line in log.read_text(errors="replace").splitlines() if "number_of_executed_units" in line]
    record = folder / "spent.json"
    total = json.loads(record.read_text()) if record.is_file() else {}
    mine = total.setdefault(reader, {"cpu_seconds": 0.0, "runs": 0, "stopped": 0})
    mine["cpu_seconds"] = round(mine["cpu_seconds"] + spent, 1)
    mine["runs"] += int(runs[-1].split()[-1]) if runs else 0
    mine["stopped"] += done.returncode != 0
    record.write_text(json.dumps(total, indent=1))
    print(f"{reader}: {spent:.0f} s of processor time, exit {done.returncode}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
