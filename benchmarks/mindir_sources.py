"""Networks of Caffe, Paddle, TensorFlow and ONNX as MindIR: MindSpore's results against the frameworks' own answers.

    MODELWRIGHT_MS_PYTHON=PYTHON python benchmarks/mindir_sources.py [part of a name ...]

The networks and answers are those of `tflite_sources.py`. Results go to `results/`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from measuring import machine_facts
from mindir_node_tests import MindSpore
from tflite_sources import BAR, errors_of, networks

import modelwright as mw
from modelwright.errors import ModelwrightError

RESULTS = Path(__file__).with_name("results")
NAME = "mindir_sources"


def tried(source: Path, answers: Path, options: dict[str, Any], mindspore: MindSpore) -> dict[str, Any]:
    """The largest error of one network, or why there is none."""
    with np.load(answers) as archive:
        arrays = {name: archive[name] for name in archive.files}
    feeds = {name.removeprefix("in:"): value for name, value in arrays.items() if name.startswith("in:")}
    wanted = [value for name, value in arrays.items() if name.startswith("out:")]
    named = [name.removeprefix("out:") for name in arrays if name.startswith("out:")]
    cut = {"outputs": named} if "caffe" in source.parts else {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.mindir"
        try:
            inputs = (mw.convert(source, path, no_verify=True, **cut, **options).artifact or mw.info(path)).inputs
        except ModelwrightError as error:
            return {"failed": " ".join(str(error).split())[:300]}
        given = dict(zip([spec.name for spec in inputs], feeds.values(), strict=True))
        given = feeds if feeds.keys() == given.keys() else given
        paths = []
        for place, spec in enumerate(inputs):
            paths.append(f"{folder}/input_{place}.npy")
            np.save(paths[-1], given[spec.name])
        answer = mindspore.ask({"model": str(path), "inputs": paths, "folder": folder})
        if "error" in answer:
            return {"failed": answer["error"][:300]}
        found = [np.load(item) for item in answer["outputs"]]
    return errors_of(found, wanted)


def report(rows: list[dict[str, Any]]) -> str:
    """The results as a page."""
    good = sum(row.get("error", 1.0) <= BAR for row in rows)
    lines = [
        "# Networks of other frameworks as MindIR",
        "",
        f"{good} of {len(rows)} networks come within 1e-4 of the largest number of every output, in MindSpore 2.10.",
        "",
        "| network | largest error | cosine |",
        "|---|---|---|",
    ]
    for row in rows:
        error = f"{row['failed']} |" if "failed" in row else f"{row['error']:.1e} | {row['cosine']:.7f}"
        lines.append(f"| {row['name']} | {error} |")
    return "\n".join([*lines, "", "Errors of integer outputs are the part that differs.", ""])


def main() -> None:
    """Runs all and writes `results/mindir_sources.{json,md}`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help="take networks whose name has one of these parts")
    parts = parser.parse_args().parts
    mindspore = MindSpore(os.environ["MODELWRIGHT_MS_PYTHON"])
    rows: list[dict[str, Any]] = []
    for name, source, answers, options in networks():
        if "target_options" in options or not answers.exists():
            continue
        if not parts or any(part in name for part in parts):
            rows.append({"name": name, **tried(source, answers, options, mindspore)})
            sys.stderr.write(f"{rows[-1]}\n")
    text = report(rows)
    sys.stdout.write(text)
    if not parts:
        RESULTS.mkdir(exist_ok=True)
        document = {"machine": machine_facts(), "rows": rows}
        (RESULTS / f"{NAME}.json").write_text(json.dumps(document, indent=1) + "\n")
        (RESULTS / f"{NAME}.md").write_text(text)


if __name__ == "__main__":
    main()
