"""Runs Paddle2ONNX's own tests with a converter and writes which pass.

    python tests/oracle/paddle2onnx_suite/run.py --tests FOLDER --converter modelwright --python env/bin/python \\
        --output passes.json [--examples 5] [--files 'test_a*.py'] [--jobs 1]

FOLDER is a copy of the ``tests`` folder of github.com/PaddlePaddle/Paddle2ONNX (Apache-2.0), which is no part of this
project. Files run in a seeded random order, so that what a shorter run covers is a sample; where a process dies, its
files and then their tests run one by one. ``--compare a.json b.json`` prints the table of two results.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def environment(arguments):
    paths = [str(HERE), str(ROOT / "src")]
    return os.environ | {
        "SUITE_CONVERTER": arguments.converter,
        "SUITE_EXAMPLES": str(arguments.examples),
        "PYTHONPATH": os.pathsep.join(paths),
        "GLOG_minloglevel": "3",
        "OMP_NUM_THREADS": "1",
    }


def run_files(paths, arguments, only=None):
    """Outcome by test: passed, failed or crashed, with the last line of what went wrong."""
    folder = working_copy(paths)
    report = folder / "report.xml"
    targets = [path.name for path in paths] if only is None else [f"{paths[0].name}::{only}"]
    command = [
        str(arguments.python),
        "-m",
        "pytest",
        "-q",
        "-p",
        "shim",
        "-p",
        "no:warnings",
        "-p",
        "no:cacheprovider",
        "-o",
        "log_cli=false",
        "--timeout",
        "300",
        "--continue-on-collection-errors",
        f"--junitxml={report}",
        *targets,
    ]
    try:
        subprocess.run(command, cwd=folder, env=environment(arguments), capture_output=True, timeout=3600, check=False)
    except subprocess.TimeoutExpired:
        report.unlink(missing_ok=True)
    if report.exists():
        return outcomes(report)
    if only is not None:
        return {f"{paths[0].name}::{only}": ["crashed", "the process died"]}
    found = {}
    if len(paths) > 1:
        for path in paths:
            found |= run_files([path], arguments)
        return found
    for name in collected(paths[0], folder, arguments):
        found |= run_files(paths, arguments, name)
    return found or {f"{paths[0].name}::*": ["crashed", "not collected"]}


def working_copy(paths):
    folder = Path(tempfile.mkdtemp(prefix="suite-"))
    for item in paths[0].parent.iterdir():
        if item.is_dir():
            (folder / item.name).symlink_to(item.resolve())
        elif item.suffix == ".py" and (item in paths or not item.name.startswith("test_")):
            (folder / item.name).write_bytes(item.read_bytes())
    return folder


def collected(path, folder, arguments):
    command = [str(arguments.python), "-m", "pytest", "-q", "-p", "shim", "--collect-only", path.name]
    made = subprocess.run(command, cwd=folder, env=environment(arguments), capture_output=True, text=True, check=False)
    return [line.partition("::")[2] for line in made.stdout.splitlines() if line.startswith(f"{path.name}::")]


def outcomes(report):
    found = {}
    for case in ET.parse(report).iter("testcase"):
        module, _, parent = case.get("classname", "").partition(".")
        name = case.get("name", "") if not parent else f"{parent}::{case.get('name', '')}"
        bad = [item for item in case if item.tag in ("failure", "error")]
        skipped = any(item.tag == "skipped" for item in case)
        reason = (bad[0].get("message") or "").strip() if bad else ""
        found[f"{module or name}.py::{name}"] = ["failed" if bad else "skipped" if skipped else "passed", reason[:600]]
    return found


def measure(arguments):
    files = sorted(path for path in arguments.tests.glob(arguments.files) if path.name.startswith("test"))
    random.Random(0).shuffle(files)
    groups = [files[start : start + arguments.batch] for start in range(0, len(files), arguments.batch)]
    results = {}
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for group, found in zip(groups, pool.map(lambda item: run_files(item, arguments), groups), strict=True):
            results |= found
            passed = sum(outcome == "passed" for outcome, _ in found.values())
            print(f"{group[0].name}...: {passed} of {len(found)}", flush=True)
            arguments.output.write_text(json.dumps(results, indent=1, sort_keys=True), encoding="utf-8")
    print(f"{sum(outcome == 'passed' for outcome, _ in results.values())} of {len(results)} tests pass")


def compare(mine, other):
    """How many of the tests that the other passes pass here, and which do not."""
    first, second = (json.loads(path.read_text(encoding="utf-8")) for path in (mine, other))
    theirs = [name for name, (outcome, _) in second.items() if outcome == "passed"]
    kept = [name for name in theirs if first.get(name, ["missing"])[0] == "passed"]
    here = [name for name, (outcome, _) in first.items() if outcome == "passed"]
    print(f"{mine.name}: {len(here)} of {len(first)} pass")
    print(f"{other.name}: {len(theirs)} of {len(second)} pass")
    print(f"of those {len(theirs)}, {len(kept)} pass here: {100 * len(kept) / max(len(theirs), 1):.1f} %")
    for name in sorted(set(theirs) - set(kept)):
        print(f"  {name}: {' '.join(first.get(name, ['missing', ''])[1].split())[:160]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=Path)
    parser.add_argument("--converter", choices=("modelwright", "paddle2onnx"))
    parser.add_argument("--python", type=Path, default=Path(sys.executable))
    parser.add_argument("--output", type=Path)
    parser.add_argument("--examples", type=int, default=5)
    parser.add_argument("--files", default="test*.py")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--batch", type=int, default=1, help="files a process")
    parser.add_argument("--compare", type=Path, nargs=2, metavar=("MINE", "OTHER"))
    arguments = parser.parse_args()
    if arguments.compare:
        compare(*arguments.compare)
    else:
        measure(arguments)


if __name__ == "__main__":
    main()
