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
from pathlib import Path
from typing import Any

from measuring import machine_facts, versions
from simplify_models import PEERS, environment_path, facts_line, peer_python

HERE = Path(__file__).parent
NAME = "simplify_large"
MEMORY_BAR = 0.3
LONGEST = 900
CUT_INPUT = "/Add_338_output_0"
CUT_OUTPUT = "/MatMul_297_output_0"


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
        tail = log.read().decode(errors="replace").splitlines()[-6:]
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


def jobs(model: Path, folder: Path) -> dict[str, list[str]]:
    """The command lines, by what the table calls them."""
    ours = str(Path(sys.executable).with_name("modelwright"))
    target = folder / "ours.onnx"
    convert = [ours, "convert", "onnx", "--input", str(model), "--output", str(target)]
    fixed = folder / "kept" / "fixed.onnx"
    again = [ours, "convert", "onnx", "--input", str(fixed), "--output", str(target)]
    return {
        "modelwright": [*convert, "--onnxsim", "--no_verify"],
        "modelwright with proof": [*convert, "--onnxsim"],
        **{peer: peer_command(peer, model, folder) for peer in PEERS},
        "info": [ours, "info", str(model)],
        "helper info": [ours, "helper", "info", "--onnx", str(model), "-si"],
        "convert": [*convert, "--no_verify"],
        "convert with proof": convert,
        "convert --checker": [*convert, "--no_verify", "--checker"],
        "convert --opset 11": [*convert, "--opset", "11"],
        "convert --opset 24 --onnxsim": [*convert, "--opset", "24", "--onnxsim"],
        "convert -f": [*convert, "-f", "batch:2"],
        "convert --inputs (shape)": [*convert, "--inputs", "tokens[2,16]"],
        "convert --inputs (cut)": [*convert, "--inputs", CUT_INPUT],
        "convert --outputs (cut)": [*convert, "--outputs", CUT_OUTPUT],
        "batch fixed, for the next row": [*convert[:-1], str(fixed), "--onnxsim", "--inputs", "tokens[1,16]"],
        "convert --rebatch": [*again, "--inputs", "tokens[4,16]", "--rebatch"],
        "check": [ours, "check", str(model), "--target", "onnxruntime,tensorrt,openvino,ascend,tflite"],
        "check --onnxsim": [ours, "check", str(model), "--target", "onnxruntime", "--onnxsim"],
        "diff": [ours, "diff", str(model), str(fixed)],
        "diff with itself": [ours, "diff", str(model), str(model)],
        "verify": [ours, "verify", str(fixed), str(model)],
    }


def peer_command(peer: str, model: Path, folder: Path) -> list[str]:
    """A peer simplifies the model, with its weights beside it."""
    program = str(peer_python(peer).with_name(peer))
    return [program, str(model), str(folder / f"{peer}.onnx"), "--save-as-external-data"]


def count_nodes(path: Path) -> int | None:
    """Nodes of the main graph, or None if there is no such file."""
    code = "import onnx, sys; print(len(onnx.load(sys.argv[1], load_external_data=False).graph.node))"
    if not path.is_file():
        return None
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    return int(done.stdout)


def measure(model: Path, only: list[str]) -> list[dict[str, Any]]:
    """Every job once."""
    weights = model.with_name("model.onnx.data").stat().st_size / 2**20
    rows = []
    with tempfile.TemporaryDirectory(dir=model.parent) as scratch:
        (Path(scratch) / "kept").mkdir()
        for label, command in jobs(model, Path(scratch)).items():
            if only and label not in only:
                continue
            print(f"measuring {label} ...", file=sys.stderr, flush=True)
            taken = run(command)
            written = Path(scratch) / (f"{label}.onnx" if label in PEERS else "ours.onnx")
            nodes = count_nodes(written) if "info" not in label else None
            part = taken["peak_mib"] / weights
            met = label in PEERS or (taken["code"] == 0 and part <= MEMORY_BAR)
            rows.append({"job": label, **taken, "part": part, "nodes": nodes, "met": met})
            for left in Path(scratch).glob("*.*"):
                left.unlink()
    return rows


def table_of(results: dict[str, Any]) -> list[list[str]]:
    """The table: a header, then a row for each job."""
    rows = [["", "wall s", "CPU s", "peak MiB", "of the weights", "not mapped MiB", "nodes", ""]]
    for row in results["jobs"]:
        numbers = [f"{row['wall']:.1f}", f"{row['cpu']:.1f}", f"{row['peak_mib']:.0f}", f"{row['part']:.2f}"]
        end = "" if row["code"] == 0 else f"failed: {row['says'][-1]}" if row.get("says") else "failed"
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
