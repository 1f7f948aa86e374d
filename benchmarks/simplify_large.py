"""A transformer of 2.7 GB with external data: modelwright against onnxsim and onnxslim, and the memory of our commands.

Whole processes, each tool in its own environment, one after the other. The peers are asked for external data, without
which they cannot write the result. Memory is the peak of the resident set; of that, what is no mapped file is shown too
(sampled every 10 ms). The bar for our commands is a peak of at most 0.3 of the weights. Results go to `results/`.

The model is made by `make_large_model.py`; `make bench` sets everything up.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring import machine_facts, versions
from simplify_models import PEERS, environment_path, facts_line, peer_python

HERE = Path(__file__).parent
NAME = "simplify_large"
MEMORY_BAR = 0.3
LONGEST = 900
GATE = (0, 4)
"""Exit codes of `check`: the target takes the model, or does not."""

CUT_INPUT = "/Add_338_output_0"
CUT_OUTPUT = "/MatMul_297_output_0"
CUT_SINGLE = "/Add_883_output_0"
"""Values of the model: where the third layer ends, inside it, and where the eighth ends."""


def run(command: list[str]) -> dict[str, Any]:
    """Seconds, memory and exit code of a process."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    private = [0]
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
        over = threading.Event()
        watcher = threading.Thread(target=_watch, args=(child.pid, private, over, started))
        watcher.start()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        over.set()
        watcher.join()
        child.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        said = (
            log.read()
            .decode(errors="replace")
            .replace(f"{environment_path('MODELWRIGHT_ORACLE_CACHE', 'oracle')}/", "")
        )
        tail = said.splitlines()[-6:]
    peak = usage.ru_maxrss / 1024
    cpu = usage.ru_utime + usage.ru_stime
    found = {"wall": wall, "cpu": cpu, "peak_mib": peak, "private_mib": private[0] / 1024, "code": child.returncode}
    return found if child.returncode == 0 else found | {"says": tail}


def _watch(pid: int, private: list[int], over: threading.Event, started: float) -> None:
    """Keeps the largest ``RssAnon`` (KiB), and ends a process that takes too long."""
    while not over.wait(0.01):
        with contextlib.suppress(OSError, IndexError, ValueError):
            text = Path(f"/proc/{pid}/status").read_text()
            private[0] = max(private[0], int(text.split("RssAnon:")[1].split()[0]))
        if time.perf_counter() - started > LONGEST:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A row of the table.

    Attributes:
        label: What the table calls it.
        command: The command line.
        source: The model it reads, whose weights the memory is held against.
        written: What it writes.
        codes: Exit codes that are fine, such as 1 of `diff` for models that differ.
        peer: Whether it is a peer, for which there is no bar.
    """

    label: str
    command: list[str]
    source: Path
    written: Path | None = None
    codes: tuple[int, ...] = (0,)
    peer: bool = False


def jobs(model: Path, folder: Path) -> list[Job]:
    """All rows in their order: the peers, then our commands; some read what one before them made."""
    fixed, single, simple = (folder / "kept" / f"{name}.onnx" for name in ("fixed", "single", "simple"))
    return [
        conversion("modelwright", model, folder, "--onnxsim", "--no_verify"),
        conversion("modelwright with proof", model, folder, "--onnxsim"),
        *(peer_job(peer, model, folder) for peer in PEERS),
        other("info", model),
        other("helper info", "--onnx", model, "-si"),
        conversion("convert", model, folder, "--no_verify"),
        conversion("convert with proof", model, folder),
        conversion("convert --checker", model, folder, "--checker"),
        conversion("convert --opset 11", model, folder, "--opset", "11"),
        conversion("convert --opset 24 --onnxsim", model, folder, "--opset", "24", "--onnxsim"),
        conversion("convert -f batch:2", model, folder, "-f", "batch:2"),
        conversion("convert --inputs (shape)", model, folder, "--inputs", "tokens[2,16]"),
        conversion("convert --inputs (cut)", model, folder, "--inputs", CUT_INPUT),
        conversion("convert --outputs (cut)", model, folder, "--outputs", CUT_OUTPUT),
        conversion("convert to batch 1", model, fixed, "--onnxsim", "--inputs", "tokens[1,16]"),
        conversion("convert --rebatch", fixed, folder, "--inputs", "tokens[4,16]", "--rebatch"),
        other("check", model, "--target", "onnxruntime,tensorrt,openvino,ascend,tflite", codes=GATE),
        other("check --onnxsim", model, "--target", "onnxruntime", "--onnxsim", codes=GATE),
        other("diff", model, fixed, codes=(0, 1)),
        other("diff with itself", model, model),
        other("verify", fixed, model),
        conversion("cut to one file of 1.9 GB", model, single, "--no_verify", "--outputs", CUT_SINGLE),
        other("one file: info", single),
        conversion("one file: convert", single, folder, "--no_verify"),
        conversion("one file: convert with proof", single, folder),
        conversion("one file: convert --onnxsim", single, simple, "--onnxsim"),
        other("one file: check", single, "--target", "onnxruntime", codes=GATE),
        other("one file: diff with itself", single, single),
        other("one file: verify", simple, single),
    ]


def conversion(label: str, source: Path, target: Path, *options: str) -> Job:
    """`modelwright convert onnx`; into a folder under a name that the next job takes again."""
    written = target / "ours.onnx" if target.is_dir() else target
    command = [ours(), "convert", "onnx", "--input", str(source), "--output", str(written), *options]
    return Job(label=label, command=command, source=source, written=written)


def other(label: str, *arguments: str | Path, codes: tuple[int, ...] = (0,)) -> Job:
    """Another command: the first words of the label, without what stands before a colon or after an option."""
    words = label.rpartition(": ")[2].split(" ")
    command = words[: 2 if words[0] == "helper" else 1]
    source = next(item for item in arguments if isinstance(item, Path))
    return Job(label=label, command=[ours(), *command, *map(str, arguments)], source=source, codes=codes)


def ours() -> str:
    """Our command line, of the environment that runs this."""
    return str(Path(sys.executable).with_name("modelwright"))


def peer_job(peer: str, model: Path, folder: Path) -> Job:
    """A peer simplifies the model, with its weights beside it."""
    written = folder / f"{peer}.onnx"
    command = [str(peer_python(peer).with_name(peer)), str(model), str(written), "--save-as-external-data"]
    return Job(label=peer, command=command, source=model, written=written, peer=True)


def weights_of(model: Path) -> int:
    """Bytes of a model and of the file beside it."""
    beside = model.with_name(model.name + ".data")
    return model.stat().st_size + (beside.stat().st_size if beside.is_file() else 0)


def count_nodes(path: Path) -> int | None:
    """Nodes of the main graph, or None if there is no such file."""
    code = "import onnx, sys; print(len(onnx.load(sys.argv[1], load_external_data=False).graph.node))"
    if not path.is_file():
        return None
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    return int(done.stdout)


def measure(model: Path, only: list[str]) -> list[dict[str, Any]]:
    """Every job once, after the model was read once, so that no one alone waits for the disk."""
    rows = []
    with tempfile.TemporaryDirectory(dir=model.parent) as scratch:
        (Path(scratch) / "kept").mkdir()
        read_once(model.with_name("model.onnx.data"))
        for job in jobs(model, Path(scratch)):
            if only and job.label not in only:
                continue
            print(f"measuring {job.label} ...", file=sys.stderr, flush=True)
            rows.append(row_of(job, run(job.command)))
            for left in Path(scratch).glob("*.*"):
                left.unlink()
    return rows


def read_once(path: Path) -> None:
    """Brings a file into the system's cache."""
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass


def row_of(job: Job, taken: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a job."""
    part = taken["peak_mib"] * 2**20 / weights_of(job.source)
    done = taken["code"] in job.codes
    nodes = count_nodes(job.written) if job.written is not None else None
    met = job.peer or (done and part <= MEMORY_BAR)
    return {"job": job.label, **taken, "done": done, "part": part, "nodes": nodes, "peer": job.peer, "met": met}


def table_of(results: dict[str, Any]) -> list[list[str]]:
    """The table: a header, then a row for each job."""
    rows = [["", "wall s", "CPU s", "peak MiB", "of the weights", "not mapped MiB", "nodes", ""]]
    for row in results["jobs"]:
        numbers = [f"{row['wall']:.1f}", f"{row['cpu']:.1f}", f"{row['peak_mib']:.0f}", f"{row['part']:.2f}"]
        end = "" if row["done"] else f"failed: {row['says'][-1]}" if row.get("says") else "failed"
        nodes = str(row["nodes"] or "")
        rows.append(
            [row["job"], *numbers, f"{row['private_mib']:.0f}", nodes, end or ("" if row["met"] else "NOT met")]
        )
    return rows


def write(results: dict[str, Any]) -> None:
    """Writes results/<name>.json and .md."""
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"{NAME}.json").write_text(json.dumps(results, indent=1) + "\n")
    rows = table_of(results)
    lines = [f"# A model of {results['weights_gb']:.1f} GB", "", facts_line(results), ""]
    lines += ["| " + " | ".join(rows[0]) + " |", "|---" * len(rows[0]) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows[1:]]
    lines += ["", f"The bar for the rows that are not peers' is a peak of at most {MEMORY_BAR} of the weights.", ""]
    (folder / f"{NAME}.md").write_text("\n".join(lines))


def main() -> int:
    """Measures, writes and prints; the exit code is 1 if a bar was not met and `--strict` was given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", nargs="*", help="rows of the table; default all")
    parser.add_argument("--strict", action="store_true", help="exit code 1 if a bar is not met")
    arguments = parser.parse_args()
    folder = environment_path("MODELWRIGHT_ORACLE_CACHE", "oracle") / "large"
    if not (folder / "model.onnx").is_file():
        subprocess.run([sys.executable, str(HERE / "make_large_model.py"), str(folder)], check=True)
    peers = {peer: versions(str(peer_python(peer)), [peer, "onnx", "numpy", "onnxruntime"]) for peer in PEERS}
    ours = versions(sys.executable, ["numpy", "onnx", "onnx-ir", "onnxruntime", "protobuf"])
    results = {
        "machine": machine_facts(),
        "versions": {"modelwright": ours, **peers},
        "repeats": 1,
        "weights_gb": (folder / "model.onnx.data").stat().st_size / 1e9,
        "jobs": measure(folder / "model.onnx", arguments.jobs),
    }
    print("\n".join("  ".join(cells) for cells in table_of(results)))
    if not arguments.jobs:
        write(results)
    return 1 if arguments.strict and not all(row["met"] for row in results["jobs"]) else 0


if __name__ == "__main__":
    sys.exit(main())
