"""Networks of Caffe, Paddle, TensorFlow and ONNX as TFLite files: LiteRT's results against the frameworks' own answers.

    python benchmarks/tflite_sources.py [part of a name ...]

The networks and answers are those that `make oracle`, `oracle-caffe`, `oracle-paddle` and `oracle-torch` make. Float
files must come within 1e-4 of the largest number of each output. Files with float16 weights and with weights in int8
(dynamic range) are made of MobileNetV2 and ResNet50, too. Results go to `results/`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from measuring import machine_facts

import modelwright as mw
from modelwright.errors import ModelwrightError
from modelwright.verify.detections import aligned
from modelwright.verify.runners.litert import load_litert

HERE = Path(__file__).parent
NAME = "tflite_sources"
ORACLE = Path(os.environ.get("MODELWRIGHT_ORACLE_CACHE") or Path.home() / ".cache/modelwright/oracle")
TORCH = ("vit_script", "vit_dynamo", "bert_script", "yolo_script", "yolo_dynamo", "swin_script")
TENSORFLOW = ("mobilenet_v2", "resnet50")
BAR = 1e-4


def networks() -> Iterator[tuple[str, Path, Path, dict[str, Any]]]:
    """Name, source, answers and options of each network that is there."""
    for name in TENSORFLOW:
        saved, answers = ORACLE / name / "saved_model", ORACLE / name / "ref_b1.npz"
        yield f"TensorFlow {name}", saved, answers, {}
        for flag in ("float16_weights", "dynamic_range"):
            yield f"TensorFlow {name}, {flag}", saved, answers, {"target_options": {flag: True}}
    for folder in sorted((ORACLE / "caffe").glob("*")):
        yield f"Caffe {folder.name}", folder / "net", folder / "reference.npz", {}
    for folder in sorted((ORACLE / "paddle").glob("*")):
        yield f"Paddle {folder.name}", folder, folder / "reference.npz", {}
    for name in TORCH:
        yield f"ONNX {name}", ORACLE / name / "model.onnx", ORACLE / name / "ref_b1.npz", {"onnxsim": True}


def tried(source: Path, answers: Path, options: dict[str, Any]) -> dict[str, Any]:
    """The largest error of one network, or why there is none."""
    with np.load(answers) as archive:
        arrays = {name: archive[name] for name in archive.files}
    wanted = [value for name, value in arrays.items() if name.startswith("out:")]
    named = [name.removeprefix("out:") for name in arrays if name.startswith("out:")]
    cut = {"outputs": named} if "caffe" in source.parts else {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.tflite"
        try:
            mw.convert(source, path, no_verify=True, **cut, **options)
            runner = load_litert(path, None)
            feeds = {name.removeprefix("in:"): value for name, value in arrays.items() if name.startswith("in:")}
            given = dict(zip([spec.name for spec in runner.inputs], feeds.values(), strict=True))
            if feeds.keys() == given.keys():
                given = feeds
            found = list(runner.timed(given).outputs.values())
        except ModelwrightError as error:
            return {"failed": " ".join(str(error).split())[:300]}
    return errors_of(found, wanted)


def errors_of(found: list[np.ndarray], wanted: list[np.ndarray]) -> dict[str, Any]:
    """The largest error and the least cosine; detections of nearly equal score may stand in another order."""
    pairs = [
        (mine, aligned(theirs, mine, rtol=BAR, atol=0.0)) if theirs.shape[-1:] == (7,) else (mine, theirs)
        for mine, theirs in zip(found, wanted, strict=True)
    ]
    return {"error": max(error_of(*pair) for pair in pairs), "cosine": min(cosine(*pair) for pair in pairs)}


def error_of(found: np.ndarray, wanted: np.ndarray) -> float:
    """Floats: the largest difference over the largest magnitude; others: the part that differs."""
    if found.shape != wanted.shape:
        return float("inf")
    if wanted.dtype.kind != "f":
        return float(np.mean(found != wanted))
    return float(np.abs(found - wanted).max(initial=0.0) / np.abs(wanted).max(initial=1e-12))


def cosine(found: np.ndarray, wanted: np.ndarray) -> float:
    """Cosine of the angle between two results."""
    if found.shape != wanted.shape:
        return 0.0
    a, b = found.astype(np.float64).ravel(), wanted.astype(np.float64).ravel()
    return float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-300))


def report(rows: list[dict[str, Any]]) -> str:
    """The results as a page."""
    floats = [row for row in rows if "," not in row["name"]]
    good = sum(row.get("error", 1.0) <= BAR for row in floats)
    lines = [
        "# Networks of other frameworks as TFLite",
        "",
        f"{good} of {len(floats)} networks come within 1e-4 of the largest number of every output, in LiteRT.",
        "",
        "| network | largest error | cosine |",
        "|---|---|---|",
    ]
    for row in rows:
        error = row.get("failed") or f"{row['error']:.1e} | {row['cosine']:.7f}"
        lines.append(f"| {row['name']} | {error} |")
    return "\n".join([*lines, "", "Errors of integer outputs are the part that differs.", ""])


def main() -> None:
    """Runs all and writes `results/tflite_sources.{json,md}`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help="take networks whose name has one of these parts")
    parts = parser.parse_args().parts
    rows: list[dict[str, Any]] = []
    for name, source, answers, options in networks():
        if answers.exists() and (not parts or any(part in name for part in parts)):
            rows.append({"name": name, **tried(source, answers, options)})
            sys.stderr.write(f"{rows[-1]}\n")
    text = report(rows)
    sys.stdout.write(text)
    if not parts:
        (HERE / "results").mkdir(exist_ok=True)
        document = {"machine": machine_facts(), "rows": rows}
        (HERE / f"results/{NAME}.json").write_text(json.dumps(document, indent=1) + "\n")
        (HERE / f"results/{NAME}.md").write_text(text)


if __name__ == "__main__":
    main()
