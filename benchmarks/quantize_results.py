"""Runs of quantizers, one a process, and the files that results go to."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from measuring import CommandError, machine_facts, median, run, versions
from quantizers import OURS, PACKAGES, PEERS, Network, command, installed, peer_python

HERE = Path(__file__).parent
LONG = 30.0
"""Seconds from which on a run is not repeated."""


def sides(wanted: list[str] | None) -> list[str]:
    """Ours and the peers that are installed, or those asked for."""
    return wanted or [OURS, *installed()]


def taken(
    side: str,
    job: Network,
    out: Path,
    *,
    count: int,
    repeats: int = 1,
    flags: tuple[str, ...] = (),
    limit: float | None = None,
) -> dict[str, Any]:
    """What quantizing takes a side: `cpu`, `wall` and `peak_mib`, or `failed`; after `limit` seconds it is ended.

    What takes long is not repeated.
    """
    print(f"{job.name}: {side} ...", file=sys.stderr, flush=True)
    line = command(side, job, out, count=count, flags=flags)
    try:
        runs = [run(line, limit=limit)]
        while len(runs) < repeats and runs[0].wall < LONG:
            runs.append(run(line, limit=limit))
        return asdict(median(runs))
    except CommandError as error:
        return {"failed": str(error).splitlines()[-1][:300]}


def heading(used: list[str]) -> dict[str, Any]:
    """Machine and versions."""
    environments = sorted({PEERS[side] for side in used if side in PEERS})
    found = {
        name: versions(str(peer_python(name)), [PACKAGES[name], "onnx", "numpy", "onnxruntime"])
        for name in environments
        if name != "modelopt"
    }
    if "modelopt" in environments:
        wanted = [PACKAGES["modelopt"], "onnx", "numpy", "onnxruntime-gpu"]
        found["modelopt"] = versions(str(peer_python("modelopt")), wanted)
    return {
        "machine": machine_facts(),
        "versions": {OURS: versions(sys.executable, ["numpy", "onnx", "onnx-ir", "onnxruntime"]), **found},
    }


def facts_line(results: dict[str, Any]) -> str:
    """Machine and versions in one paragraph."""
    machine = results["machine"]
    first = f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}"
    parts = [
        f"{side}: " + ", ".join(f"{k} {v}" for k, v in found.items()) for side, found in results["versions"].items()
    ]
    return f"{first}. Python {machine['python']}. " + ". ".join(parts) + "."


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """A table in Markdown."""
    return ["| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows)]


def verdicts(bars: dict[str, bool | None]) -> list[str]:
    """A line for every bar: met, NOT met, or not measured."""
    words = {True: "met", False: "**NOT met**", None: "not measured"}
    return [f"- {bar}: {words[met]}" for bar, met in bars.items()]


def write(name: str, title: str, results: dict[str, Any], lines: list[str]) -> None:
    """Writes `results/<name>.json` and `.md`, and prints the latter."""
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(results, indent=1) + "\n")
    text = "\n".join([f"# {title}", "", facts_line(results), "", *lines, ""])
    (folder / f"{name}.md").write_text(text)
    print(text)
