"""The ONNX backend node tests as TFLite: modelwright against onnx2tf's direct path, each in its own environment.

    python benchmarks/tflite_node_tests.py [--every N] [--peer-every N] [--work FOLDER --most JOBS] [part of a name ...]

Every file that a converter writes is run in LiteRT, with the plain kernels and with the default delegate. A conversion
is `right`, `refused` (with a reason) or `wrong`: it reported success, but the file does not load, does not run or
computes something else. $MODELWRIGHT_ONNX2TF_PYTHON names the interpreter with onnx2tf (Python 3.12).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

from backend_cases import write_cases
from forked import Job, UnfinishedError, run_jobs

HERE = Path(__file__).parent
RESULTS = HERE / "results"
PEER = Path(os.environ.get("MODELWRIGHT_ONNX2TF_PYTHON", "~/.cache/modelwright/venvs/onnx2tf/bin/python")).expanduser()


def main() -> int:
    """Runs all and writes `results/tflite_node_tests.{json,md}`; 75 where `--most` left something for the next call."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every N-th test only")
    parser.add_argument("--peer-every", type=int, default=1, help="of these give every N-th to onnx2tf only")
    parser.add_argument("--work", type=Path, help="folder for files and answers; what is in it is not done again")
    parser.add_argument("--most", type=int, help="do so many jobs, keep their answers and end")
    parser.add_argument("parts", nargs="*", help="take tests whose name has one of these parts")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder: Path = arguments.work or Path(scratch)
        if not (folder / "cases").exists():
            write_cases(folder / "cases", kinds=("node",))
        cases = [case for case in sorted((folder / "cases").iterdir()) if wanted(case.name, arguments.parts)]
        cases = cases[:: arguments.every]
        tools = {"modelwright": (sys.executable, "tflite_case_ours.py")}
        if PEER.exists():
            tools["onnx2tf"] = (str(PEER), "tflite_case_onnx2tf.py")
        steps = {"modelwright": 1, "onnx2tf": arguments.peer_every}
        try:
            found = {
                tool: outcome(folder, cases[:: steps[tool]], tool, command, most=arguments.most)
                for tool, command in tools.items()
            }
        except UnfinishedError as error:
            sys.stderr.write(f"{error}\n")
            return 75
    text = report(found, arguments.every)
    sys.stdout.write(text)
    if not arguments.parts:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "tflite_node_tests.json").write_text(json.dumps(found, indent=1) + "\n")
        (RESULTS / "tflite_node_tests.md").write_text(text)
    return 0


def wanted(name: str, parts: list[str]) -> bool:
    """Whether a case is among those asked for."""
    return not parts or any(part in name for part in parts)


def outcome(
    folder: Path, cases: list[Path], tool: str, command: tuple[str, str], *, most: int | None
) -> dict[str, Job]:
    """By case: status, reason and CPU seconds of one converter."""
    python, script = command
    out = folder / tool
    out.mkdir(exist_ok=True)
    log = folder / f"{tool}.log"
    jobs = [{"model": str(case / "model.onnx"), "file": str(out / f"{case.name}.tflite")} for case in cases]
    done = run_jobs([python, str(HERE / script)], jobs, log, kept=folder / f"{tool}.converted", most=most)
    runs = [
        {"folder": str(case), "file": job["file"]}
        for case, job in zip(cases, done, strict=True)
        if job["status"] == "converted"
    ]
    running = [sys.executable, str(HERE / "tflite_case_run.py")]
    ran = run_jobs(running, runs, log, kept=folder / f"{tool}.run", most=None if most is None else most * 4)
    verdicts = {job["file"]: job for job in ran}
    return {case.name: judged(job, verdicts.get(job["file"])) for case, job in zip(cases, done, strict=True)}


def judged(job: Job, run: Job | None) -> Job:
    """Right, refused or wrong, with the reason."""
    if run is None:
        status = "refused" if job["status"] == "refused" else "crashed"
        return {"status": status, "reason": job.get("reason", ""), "cpu": round(job.get("cpu", 0.0), 4)}
    status = "right" if run.get("verdict") == "right" else "wrong"
    return {"status": status, "reason": run.get("reason", ""), "cpu": round(job["cpu"], 4)}


def report(found: dict[str, dict[str, Job]], every: int) -> str:
    """The table."""
    lines = [
        "# ONNX backend node tests as TFLite",
        "",
        "| | tests | converted and right | refused | wrong | crashed | CPU s a conversion |",
        "|---|---|---|---|---|---|---|",
    ]
    for tool, cases in found.items():
        counts = Counter(job["status"] for job in cases.values())
        spent = sum(job["cpu"] for job in cases.values()) / max(len(cases), 1)
        right = f"{counts['right']} ({counts['right'] / max(len(cases), 1):.1%})"
        lines.append(
            f"| {tool} | {len(cases)} | {right} | {counts['refused']} | {counts['wrong']} | {counts['crashed']} "
            f"| {spent:.3f} |"
        )
    part = [] if every == 1 else ["", f"Every {every}th test, in the order of their names."]
    least, most = min(map(len, found.values())), max(map(len, found.values()))
    if least < most:
        part += ["", f"onnx2tf was given every {round(most / least)}th of them."]
    return "\n".join(
        [*lines, *part, "", "Imports are not counted: conversions run in forks of a process that has them.", ""]
    )


if __name__ == "__main__":
    sys.exit(main())
