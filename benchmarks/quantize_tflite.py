"""Int8 TFLite from quantized models: does LiteRT say what ONNX Runtime says of the same Q/DQ model, in one run.

The trained networks of `make_quantization_models.py` are quantized by TFLite's rules, once to ONNX and from there to
TFLite, and both are compared over the test pictures. A Keras MobileNetV2 is quantized by us and by TFLiteConverter with
the same samples, and both are compared with the float model. Results go to `results/quantize_tflite.*`.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from measuring import run
from quantize_results import heading, table, verdicts, write
from quantized_facts import outputs_of, session_of, snr
from quantizers import OURS, cache_path, network

HERE = Path(__file__).parent
NAMES = ("residual", "depthwise", "silu", "attention")
PICTURES = 1000
KERAS_SAMPLES, KERAS_TESTED = 64, 32
SLACK, DROP = 0.2, 0.5
LEAST_COSINE = 0.998
"""Cosine of the two runtimes' outputs for the same Q/DQ model."""


def modelwright(*arguments: str | Path) -> None:
    """Our command line."""
    run([str(Path(sys.executable).with_name(OURS)), *map(str, arguments)])


def litert_outputs(path: Path, images: np.ndarray) -> np.ndarray:
    """The output for all images, one at a time."""
    interpreter = Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    entry, end = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    found = []
    for image in images:
        interpreter.set_tensor(entry, image[None])
        interpreter.invoke()
        found.append(interpreter.get_tensor(end)[0].astype(np.float64))
    return np.stack(found)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Over everything."""
    return float((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()))


def trained(name: str, scratch: Path) -> dict[str, Any]:
    """One of the trained networks."""
    job = network(name)
    integer, lite = scratch / f"{name}.onnx", scratch / f"{name}.tflite"
    modelwright("quantize", job.model, "--data", job.samples, "--rules", "tflite", "-o", integer)
    modelwright("convert", "onnx", "--input", integer, "-o", lite)
    with np.load(job.test) as arrays:
        images, labels = arrays["images"][:PICTURES], arrays["labels"][:PICTURES]
    true = outputs_of(session_of(str(job.model), "off"), images)
    onnx, found = outputs_of(session_of(str(integer), "off"), images), litert_outputs(lite, images)
    right = {side: 100 * float((out.argmax(1) == labels).mean()) for side, out in (("onnx", onnx), ("tflite", found))}
    return {
        "network": name, "snr_onnx": snr(true, onnx), "snr_tflite": snr(true, found), "agreement": cosine(onnx, found),
        "top1_onnx": right["onnx"], "top1_tflite": right["tflite"], "bytes": lite.stat().st_size,
    }  # fmt: skip


def keras(scratch: Path) -> dict[str, float]:
    """Cosines with the float model, of ours and of TFLiteConverter's."""
    python = os.environ.get("MODELWRIGHT_TF_PYTHON") or str(cache_path("MODELWRIGHT_PEERS", "venvs/tf/bin/python"))
    samples = scratch / "samples"
    samples.mkdir()
    pictures = [np.load(path) for path in sorted(network("mobilenet_v2").samples.glob("*.npy"))]
    pictures = [np.ascontiguousarray(np.clip(item.transpose(0, 2, 3, 1) / 2, -1, 1)) for item in pictures]
    for number, picture in enumerate(pictures[:KERAS_SAMPLES]):
        np.save(samples / f"{number:03d}.npy", picture)
    saved, script = scratch / "saved", str(HERE / "quantize_keras.py")
    run([python, script, "make", str(samples), str(saved)])
    run([python, script, "convert", str(saved), str(samples), str(scratch / "peer.tflite")])
    modelwright("quantize", saved, "--data", samples, "-o", scratch / "ours.tflite")
    modelwright("convert", "tf2", "--saved-model", saved, "-o", scratch / "float.tflite", "--no_verify")
    tested = np.concatenate(pictures[-KERAS_TESTED:])
    true = litert_outputs(scratch / "float.tflite", tested)
    found = {side: litert_outputs(scratch / f"{side}.tflite", tested) for side in ("ours", "peer")}
    return {f"{side}_cosine": cosine(true, out) for side, out in found.items()} | {
        f"{side}_snr": snr(true, out) for side, out in found.items()
    }


def bars_of(rows: list[dict[str, Any]], mobile: dict[str, float]) -> dict[str, bool | None]:
    """The bars."""
    return {
        f"cosine of LiteRT's and ONNX Runtime's outputs at least {LEAST_COSINE}": all(
            row["agreement"] >= LEAST_COSINE for row in rows
        ),
        f"SNR with the float model at most {SLACK} dB less in LiteRT": all(
            row["snr_tflite"] >= row["snr_onnx"] - SLACK for row in rows
        ),
        f"top-1 within {DROP} points": all(abs(row["top1_tflite"] - row["top1_onnx"]) <= DROP for row in rows),
        "MobileNetV2: cosine at least TFLiteConverter's": mobile["ours_cosine"] >= mobile["peer_cosine"],
    }


def main() -> int:
    """Measures, writes and prints; the exit code is 1 if a bar was not met and `--strict` was given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strict", action="store_true", help="exit code 1 if a bar is not met")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        rows = [trained(name, Path(scratch)) for name in NAMES]
        mobile = keras(Path(scratch))
    bars = bars_of(rows, mobile)
    header = ["network", "SNR dB: ONNX Runtime", "LiteRT", "cosine of the two", "top-1 %", "LiteRT", "bytes"]
    keys = ("snr_onnx", "snr_tflite", "agreement", "top1_onnx", "top1_tflite")
    cells = [
        [row["network"], *(f"{row[key]:.6f}" if key == "agreement" else f"{row[key]:.2f}" for key in keys),
         f"{row['bytes']:,}"]
        for row in rows
    ]  # fmt: skip
    lines = [*table(header, cells), "", "A Keras MobileNetV2, quantized with the same samples:", ""]
    both = [("modelwright", "ours"), ("TFLiteConverter", "peer")]
    mobile_rows = [[side, f"{mobile[f'{key}_cosine']:.4f}", f"{mobile[f'{key}_snr']:.2f}"] for side, key in both]
    lines += [*table(["side", "cosine with the float model", "SNR dB"], mobile_rows), "", *verdicts(bars)]
    results = heading([]) | {"networks": rows, "mobilenet_v2": mobile, "bars": bars}
    write("quantize_tflite", "Int8 TFLite from quantized models", results, lines)
    return 1 if False in bars.values() and arguments.strict else 0


if __name__ == "__main__":
    sys.exit(main())
