"""`modelwright check --target T` against `modelwright convert --target T` over the ONNX node tests.

    python benchmarks/check_conversion.py [--every N] [--targets tflite,mindir] [--only TEXT]
        [--work FOLDER --most JOBS]

For `tensorrt` set MODELWRIGHT_TRT_PYTHON to an interpreter with tensorrt-rtx. Results of the targets that were asked
for replace theirs in `results/`; the others stay.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backend_cases import write_cases
from forked import Job, UnfinishedError, run_jobs
from measuring import machine_facts

HERE = Path(__file__).parent
RESULTS = HERE / "results"
NAME = "check_conversion"
COLUMNS = (
    "target",
    "tests",
    "yes, and converted",
    "no, and refused",
    "yes, but refused",
    "no, but converted",
    "fault",
    "yes is right",
    "no is right",
    "CPU s a check",
)
NOTES = (
    "For `onnx`, converted means that ONNX Runtime, given the test's own inputs, runs the file as it runs the",
    "source: with the outputs that the test expects, or with others where the source gives others. For the other",
    "targets it means that the file is written; other benchmarks measure whether it is right. For `ascend`, where no",
    "compiler is, it means that everything is written that the compiler needs (`planned`), at opset 18.",
)
TARGETS = ("onnx", "tflite", "mindir", "tensorrt", "ascend")


def main(argv: Sequence[str]) -> int:
    """Measures and stores; 75 where `--most` left something for the next call."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every N-th test only")
    parser.add_argument("--targets", default="tflite,mindir", help=f"some of {','.join(TARGETS)}")
    parser.add_argument("--only", default="", help="take tests whose names hold this")
    parser.add_argument("--work", type=Path, help="folder for tests and answers; what is in it is not done again")
    parser.add_argument("--most", type=int, help="do so many jobs, keep their answers and end")
    arguments = parser.parse_args(argv)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder: Path = arguments.work or Path(scratch)
        if not (folder / "cases").exists():
            write_cases(folder / "cases", ["node"])
        cases = sorted((folder / "cases").iterdir())
        chosen = [case for case in cases if arguments.only in case.name][:: arguments.every]
        for target in arguments.targets.split(","):
            jobs = [{"model": str(case / "model.onnx"), "target": target} for case in chosen]
            command = [sys.executable, str(HERE / f"{NAME}_case.py")]
            kept = folder / f"{target}.answers"
            try:
                rows = run_jobs(command, jobs, folder / "log", kept=kept, most=arguments.most)
            except UnfinishedError as error:
                sys.stderr.write(f"{target}: {error}\n")
                return 75
            found[target] = {
                "every": arguments.every,
                "of": len(cases),
                "rows": [row_of(case.name, row) for case, row in zip(chosen, rows, strict=True)],
            }
            print(table({target: found[target]}))
    if not arguments.only:
        store(found)
    return 0


def store(found: dict[str, Any]) -> None:
    """Puts the results of some targets beside those of the others."""
    RESULTS.mkdir(exist_ok=True)
    stored = RESULTS / f"{NAME}.json"
    others: dict[str, Any] = json.loads(stored.read_text())["targets"] if stored.exists() else {}
    merged = others | found
    stored.write_text(json.dumps({"machine": machine_facts(), "targets": merged}, indent=1) + "\n")
    (RESULTS / f"{NAME}.md").write_text(table({name: merged[name] for name in TARGETS if name in merged}))


def row_of(case: str, row: Job) -> Job:
    """What is stored of a case: both answers, and reasons where they part."""
    if row.get("status"):
        return {"case": case, "fault": f"{row['status']}: {row.get('reason', '')}"}
    kept = {"case": case, "said": row["said"], "done": row["done"], "cpu": row["cpu"]}
    return kept if row["said"] == row["done"] else kept | {"reason": row["reason"], "refusal": row["refusal"]}


def table(found: dict[str, Any]) -> str:
    """The results as a page."""
    lines = [
        "# What `check` says and what a conversion does, over the ONNX node tests",
        "",
        f"| {' | '.join(COLUMNS)} |",
        "|---" * len(COLUMNS) + "|",
    ]
    for target, result in found.items():
        lines.append(line(target, result))
    lines += ["", *NOTES, ""]
    for target, result in found.items():
        for row in result["rows"]:
            if "fault" in row or row["said"] != row["done"]:
                why = row.get("fault") or (row["refusal"] if row["said"] else row["reason"])
                what = "fault" if "fault" in row else "yes, but refused" if row["said"] else "no, but converted"
                lines.append(f"- {target}, {what}: {row['case']}: {' '.join(why.split())}")
    return "\n".join(lines).rstrip() + "\n"


def line(target: str, result: dict[str, Any]) -> str:
    """One row of the table."""
    rows = [row for row in result["rows"] if "fault" not in row]
    counts = {
        (said, done): sum(1 for row in rows if (row["said"], row["done"]) == (said, done))
        for said in (True, False)
        for done in (True, False)
    }
    yes, no = counts[True, True], counts[False, False]
    sample = "" if result["every"] == 1 else f" (one in {result['every']} of {result['of']})"
    cells = [
        target,
        f"{len(result['rows'])}{sample}",
        *map(str, (yes, no, counts[True, False], counts[False, True], len(result["rows"]) - len(rows))),
        share(yes, yes + counts[True, False]),
        share(no, no + counts[False, True]),
        f"{sum(row['cpu'] for row in rows) / max(len(rows), 1):.3f}",
    ]
    return f"| {' | '.join(cells)} |"


def share(part: int, whole: int) -> str:
    """A percentage; a dash of nothing."""
    return f"{part / whole:.1%}" if whole else "-"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
