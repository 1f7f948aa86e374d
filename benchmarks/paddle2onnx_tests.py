"""Paddle2ONNX's own tests, run with paddle2onnx and with modelwright behind their export call, and which pass.

    python benchmarks/paddle2onnx_tests.py [--tests FOLDER] [--examples 5] [--files 'test_a*.py'] [--jobs 2] [--batch 8]

FOLDER is the `tests` folder of github.com/PaddlePaddle/Paddle2ONNX (Apache-2.0), no part of this project; without it
the repository is cloned. Each side runs under an interpreter of its own that has Paddle, pytest, pytest-timeout,
hypothesis and ONNX Runtime; `paddle2onnx_shim.py` makes the replacement. Files run in a seeded random order, several in
a process; where one dies, its files and then their tests run one by one.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from measuring import machine_facts, versions

HERE = Path(__file__).parent
NAME = "paddle2onnx_tests"
REPOSITORY = "https://github.com/PaddlePaddle/Paddle2ONNX"
SIDES = ("paddle2onnx", "modelwright")
BAR = 90.0
PREFIX = "suite-"
PACKAGES = ["paddlepaddle", "onnx", "onnxruntime", "numpy", "hypothesis", "pytest"]
PLUGIN_FLAGS = "-q -p paddle2onnx_shim -p no:warnings -p no:cacheprovider -o log_cli=false --timeout 300".split()

Outcomes = dict[str, list[str]]
"""By test: passed, failed, skipped or crashed, and what went wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A converter, the interpreter that the tests run under, and how many generated examples a test gets."""

    converter: str
    python: Path
    examples: int

    def environment(self) -> dict[str, str]:
        """What the tests' process sees."""
        return os.environ | {
            "SUITE_CONVERTER": self.converter,
            "SUITE_EXAMPLES": str(self.examples),
            "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent / "src")]),
            "GLOG_minloglevel": "3",
            "OMP_NUM_THREADS": "1",
        }

    def pytest(self, folder: Path, *arguments: str) -> str:
        """Runs pytest in a folder and returns what it wrote; a run over an hour is ended."""
        command = [str(self.python), "-m", "pytest", *PLUGIN_FLAGS, *arguments]
        try:
            made = subprocess.run(
                command, cwd=folder, env=self.environment(), capture_output=True, text=True, timeout=3600, check=False
            )
        except subprocess.TimeoutExpired:
            (folder / "report.xml").unlink(missing_ok=True)
            return ""
        return made.stdout


def run_files(paths: list[Path], side: Side, only: str | None = None) -> Outcomes:
    """The outcomes of some files' tests, or of one test of the first file."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        folder = working_copy(paths, Path(name))
        report = folder / "report.xml"
        targets = [path.name for path in paths] if only is None else [f"{paths[0].name}::{only}"]
        side.pytest(folder, "--continue-on-collection-errors", f"--junitxml={report}", *targets)
        if report.exists():
            return outcomes(report)
        if only is not None:
            return {f"{paths[0].name}::{only}": ["crashed", "the process died"]}
        found: Outcomes = {}
        if len(paths) > 1:
            for path in paths:
                found |= run_files([path], side)
            return found
        for test in collected(paths[0], folder, side):
            found |= run_files(paths, side, test)
        return found or {f"{paths[0].name}::*": ["crashed", "not collected"]}


def working_copy(paths: list[Path], folder: Path) -> Path:
    """A folder with these files and all that they import: what tests write stays in it."""
    for item in paths[0].parent.iterdir():
        if item.is_dir():
            (folder / item.name).symlink_to(item.resolve())
        elif item.suffix == ".py" and (item in paths or not item.name.startswith("test_")):
            (folder / item.name).write_bytes(item.read_bytes())
    return folder


def collected(path: Path, folder: Path, side: Side) -> list[str]:
    """The tests of a file."""
    lines = side.pytest(folder, "--collect-only", path.name).splitlines()
    return [line.partition("::")[2] for line in lines if line.startswith(f"{path.name}::")]


def outcomes(report: Path) -> Outcomes:
    """What a report of pytest says."""
    found: Outcomes = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314  our own pytest wrote it
        module, _, parent = case.get("classname", "").partition(".")
        name = f"{parent}::{case.get('name', '')}" if parent else case.get("name", "")
        bad = [item for item in case if item.tag in ("failure", "error")]
        skipped = any(item.tag == "skipped" for item in case)
        reason = plain(bad[0].get("message") or "") if bad else ""
        found[f"{module or name}.py::{name}"] = ["failed" if bad else "skipped" if skipped else "passed", reason[:600]]
    return found


def plain(message: str) -> str:
    """A message in one line, without the folder that the tests ran in and those of the environments."""
    line = re.sub(rf"{re.escape(tempfile.gettempdir())}/{PREFIX}\w+/", "", " ".join(message.split()))
    return re.sub(r"/[^ ]*/site-packages/", "", line)


def measured(arguments: argparse.Namespace, tests: Path, sides: list[Side]) -> dict[str, Outcomes]:
    """Runs everything, batch by batch, both sides of a batch before the next."""
    files = sorted(path for path in tests.glob(arguments.files) if path.name.startswith("test"))
    random.Random(0).shuffle(files)  # noqa: S311  an order, no secret
    groups = [files[start : start + arguments.batch] for start in range(0, len(files), arguments.batch)]
    jobs = [(group, side) for group in groups for side in sides]
    results: dict[str, Outcomes] = {side.converter: {} for side in sides}
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for (group, side), found in zip(jobs, pool.map(lambda job: run_files(*job), jobs), strict=True):
            results[side.converter] |= found
            passed = sum(outcome == "passed" for outcome, _ in found.values())
            print(f"{side.converter}, {group[0].name}...: {passed} of {len(found)}", file=sys.stderr, flush=True)
    return results


def summary(results: dict[str, Outcomes]) -> Iterator[str]:
    """The table and the list of what the peer passes and modelwright does not, as Markdown."""
    theirs, ours = (results[side] for side in SIDES)
    passed = [name for name, (outcome, _) in theirs.items() if outcome == "passed"]
    kept = [name for name in passed if ours.get(name, ["missing"])[0] == "passed"]
    also = {name for name, (outcome, _) in ours.items() if outcome == "passed"} - set(passed)
    share = 100 * len(kept) / max(len(passed), 1)
    yield from ("| | paddle2onnx | modelwright |", "|---|---|---|")
    names = sorted({*theirs, *ours})
    files = [len({name.partition("::")[0] for name in side}) for side in (theirs, ours)]
    yield f"| files | {files[0]} | {files[1]} |"
    for outcome in ("passed", "failed", "crashed", "skipped"):
        counts = [sum(side[name][0] == outcome for name in names if name in side) for side in (theirs, ours)]
        yield f"| tests {outcome} | {counts[0]} | {counts[1]} |"
    yield ""
    yield f"Of the {len(passed)} tests that paddle2onnx passes, modelwright passes {len(kept)}: {share:.1f} %"
    yield f"(bar: {BAR:.0f} %, {'met' if share >= BAR else 'NOT met'}), and {len(also)} that paddle2onnx does not."
    yield from failures("What paddle2onnx passes and modelwright does not", set(passed) - set(kept), ours)
    yield from failures(
        "What neither passes", {n for n in ours if ours[n][0] in ("failed", "crashed")} - set(passed), ours
    )


def failures(title: str, names: set[str], ours: Outcomes) -> Iterator[str]:
    """A heading and a row for each test with the reason."""
    yield from ("", f"## {title}", "")
    for name in sorted(names):
        yield f"- `{name}`: {ours.get(name, ['', 'not run'])[1][:200] or 'no reason given'}"
    if not names:
        yield "None."


def write(results: dict[str, Outcomes], sides: list[Side], examples: int) -> None:
    """Writes and prints results/<name>.json and .md."""
    found = {side.converter: versions(str(side.python), PACKAGES) for side in sides}
    document = {"machine": machine_facts(), "versions": found, "examples": examples, "results": results}
    (HERE / "results" / f"{NAME}.json").write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    lines = ["# Paddle2ONNX's own tests", "", f"At most {examples} generated examples a test."]
    lines += [f"{side}: " + ", ".join(f"{k} {v}" for k, v in items.items()) + "." for side, items in found.items()]
    text = "\n".join([*lines, "", *summary(results), ""])
    (HERE / "results" / f"{NAME}.md").write_text(text)
    print(text)


def environment_path(variable: str, *default: str) -> Path:
    """A path from the environment, else one under ~/.cache/modelwright."""
    return Path(os.environ.get(variable) or Path.home().joinpath(".cache", "modelwright", *default))


def fetched() -> Path:
    """The tests of a clone in the cache, made if it is not there."""
    clone = Path.home() / ".cache" / "modelwright" / "Paddle2ONNX"
    if not clone.exists():
        git = shutil.which("git") or "git"
        subprocess.run([git, "clone", "--quiet", "--depth", "1", REPOSITORY, str(clone)], check=True)
    return clone / "tests"


def main() -> None:
    """Runs both sides."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=Path, help="their folder `tests`; default: a clone in the cache")
    parser.add_argument("--examples", type=int, default=5, help="generated examples a test, at most; default 5")
    parser.add_argument("--files", default="test*.py", help="pattern of the files to run")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time; default 1")
    parser.add_argument("--batch", type=int, default=8, help="files a process; default 8")
    arguments = parser.parse_args()
    variables = {"paddle2onnx": "MODELWRIGHT_PADDLE2ONNX_PYTHON", "modelwright": "MODELWRIGHT_PADDLE_PYTHON"}
    homes = {"paddle2onnx": "paddle2onnx", "modelwright": "paddle3"}
    sides = [
        Side(
            converter=side,
            python=environment_path(variables[side], "venvs", homes[side], "bin", "python"),
            examples=arguments.examples,
        )
        for side in SIDES
    ]
    write(measured(arguments, arguments.tests or fetched(), sides), sides, arguments.examples)


if __name__ == "__main__":
    main()
