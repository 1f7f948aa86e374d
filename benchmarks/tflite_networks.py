"""Whole networks as TFLite: modelwright against onnx2tf's direct path and TFLiteConverter, whole processes, in one run.

MobileNetV2 and ResNet50 (224 x 224), from ONNX (against onnx2tf) and from a SavedModel (against TFLiteConverter), each
in its own environment, in turns, after one run that does not count; the medians are compared. Every file is run in
LiteRT and compared with TensorFlow's own answers. The models are those of `tests/oracle/make_models.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from measuring import CommandError, Measurement, machine_facts, median, run

HERE = Path(__file__).parent
CACHE = Path.home() / ".cache" / "modelwright"
ORACLE = Path(os.environ.get("MODELWRIGHT_ORACLE_CACHE") or CACHE / "oracle")
ONNX2TF = Path(os.environ.get("MODELWRIGHT_ONNX2TF_PYTHON") or CACHE / "venvs/onnx2tf/bin/python")
TENSORFLOW = Path(os.environ.get("MODELWRIGHT_TF_PYTHON") or CACHE / "venvs/tf/bin/python")
CONVERTER = (
    "import sys, tensorflow as tf; c = tf.lite.TFLiteConverter.from_saved_model(sys.argv[1]); "
    "open(sys.argv[2], 'wb').write(c.convert())"
)
OURS = [sys.executable, "-m", "modelwright", "convert"]


def main() -> None:
    """Measures and writes `results/tflite_networks.{json,md}`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--models", nargs="+", default=["mobilenet_v2", "resnet50"])
    arguments = parser.parse_args()
    runs: int = arguments.runs
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        for model in arguments.models:
            found += [measured(model, form, Path(scratch), runs) for form in ("ONNX", "SavedModel")]
    text = report(found)
    sys.stdout.write(text)
    (HERE / "results").mkdir(exist_ok=True)
    document = {"machine": machine_facts(), "runs": runs, "found": found}
    (HERE / "results/tflite_networks.json").write_text(json.dumps(document, indent=1) + "\n")
    (HERE / "results/tflite_networks.md").write_text(text)


def measured(model: str, form: str, scratch: Path, runs: int) -> dict[str, Any]:
    """One network in one form: both sides' medians and errors."""
    saved = ORACLE / model / "saved_model"
    mine, theirs = scratch / f"{model}.tflite", scratch / f"{model}.peer.tflite"
    if form == "ONNX":
        source = scratch / f"{model}.onnx"
        flags = [*OURS, "tf2", "--saved-model", str(saved), "-o", str(source), "--no_verify"]
        subprocess.run(flags, check=True, capture_output=True)
        folder = scratch / f"{model}.onnx2tf"
        commands = {
            "modelwright": [*OURS, "onnx", "--input", str(source), "-o", str(mine), "--no_verify"],
            "onnx2tf": [str(ONNX2TF), "-m", "onnx2tf", "-i", str(source), "-o", str(folder), "-n"],
        }
        theirs = folder / f"{model}_float32.tflite"
    else:
        commands = {
            "modelwright": [*OURS, "tf2", "--saved-model", str(saved), "-o", str(mine), "--no_verify"],
            "TFLiteConverter": [str(TENSORFLOW), "-c", CONVERTER, str(saved), str(theirs)],
        }
    times: dict[str, list[Measurement]] = {tool: [] for tool in commands}
    failed: dict[str, str] = {}
    for number in range(runs + 1):
        for tool, command in commands.items():
            try:
                taken = run(command)
            except CommandError as error:
                failed[tool] = str(error)[-300:]
                continue
            times[tool] += [taken] if number else []
    files = dict(zip(commands, (mine, theirs), strict=True))
    return {
        "model": model,
        "form": form,
        "tools": {tool: asdict(median(items)) for tool, items in times.items() if items},
        "error": {tool: error_of(model, path) for tool, path in files.items() if path.exists()},
        "failed": failed,
    }


def error_of(model: str, path: Path) -> float:
    """The largest difference from TensorFlow's answers, relative to the largest of them."""
    with np.load(ORACLE / model / "ref_b1.npz") as archive:
        given = next(archive[key] for key in archive.files if key.startswith("in:"))
        wanted = next(archive[key] for key in archive.files if key.startswith("out:"))
    interpreter = Interpreter(model_path=str(path), num_threads=1)
    place = interpreter.get_input_details()[0]
    orders = [given, given.transpose(0, 2, 3, 1), given.transpose(0, 3, 1, 2)]
    array = next((item for item in orders if item.shape == tuple(place["shape"])), given)
    interpreter.resize_tensor_input(place["index"], array.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(place["index"], array)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return float(np.abs(found - wanted).max() / np.abs(wanted).max())


def report(found: list[dict[str, Any]]) -> str:
    """The table."""
    lines = [
        "# Networks as TFLite",
        "",
        "| model | from | tool | wall s | CPU s | peak MiB | error | times slower | times more memory |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for item in found:
        mine = item["tools"].get("modelwright")
        for tool, taken in item["tools"].items():
            slower = f"{taken['wall'] / mine['wall']:.1f}" if mine else ""
            larger = f"{taken['peak_mib'] / mine['peak_mib']:.1f}" if mine else ""
            error = item["error"].get(tool)
            lines.append(
                f"| {item['model']} | {item['form']} | {tool} | {taken['wall']:.2f} | {taken['cpu']:.2f} "
                f"| {taken['peak_mib']:.0f} | {'' if error is None else f'{error:.1e}'} | {slower} | {larger} |"
            )
    lines += ["", "Error: largest difference from TensorFlow's output, relative to its largest number.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
