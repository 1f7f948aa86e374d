"""Caffe to ONNX: `modelwright convert caffe` on whole networks, each a process of its own.

There is no peer that could be run: the known converter is archived. Each network of `tests/oracle/make_caffe_models.py`
is converted in turns, after one run that does not count; medians are reported. What came out is run in ONNX Runtime and
compared with OpenCV's answers (numpy's for ENet and for the LSTM of LRCN). Results go to `results/`; `make bench-caffe`
sets everything up.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from measuring import machine_facts, median, run, versions

HERE = Path(__file__).parent
NAME = "caffe_to_onnx"
OURS = ["numpy", "onnx", "onnx-ir", "onnxruntime", "protobuf"]
NETWORKS = {
    "alexnet": "AlexNet",
    "caffenet": "CaffeNet",
    "googlenet": "GoogLeNet",
    "vgg16": "VGG16",
    "resnet50": "ResNet-50",
    "squeezenet": "SqueezeNet 1.1",
    "mobilenet": "MobileNet",
    "densenet121": "DenseNet-121",
    "ssd300": "SSD300",
    "mtcnn_p": "MTCNN P-Net",
    "mtcnn_r": "MTCNN R-Net",
    "mtcnn_o": "MTCNN O-Net",
    "fcn8s": "FCN-8s",
    "unet": "U-Net",
    "enet": "ENet",
    "lrcn": "LRCN",
}


def outputs_of(folder: Path) -> str:
    """The blobs that the reference has, read in a process of its own."""
    code = (
        "import numpy, sys; names = [k[4:] for k in numpy.load(sys.argv[1]).files if k.startswith('out:')]; "
        "open(sys.argv[2], 'w').write(','.join(names))"
    )
    with tempfile.TemporaryDirectory() as scratch:
        names = Path(scratch) / "names"
        run([sys.executable, "-c", code, str(folder / "reference.npz"), str(names)])
        return names.read_text()


def measure(folder: Path, label: str, repeats: int) -> dict[str, Any]:
    """Medians of one network's conversion, and what its artifact is like."""
    ours = str(Path(sys.executable).with_name("modelwright"))
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "net.onnx"
        command = [ours, "convert", "caffe", "--input", str(folder / "net"), "--output", str(output)]
        command += ["--outputs", outputs_of(folder)]
        taken = [run(command) for _ in range(repeats + 1)][1:]
        facts = Path(scratch) / "facts.json"
        run([sys.executable, str(HERE / "artifact_facts.py"), str(output), str(folder / "reference.npz"), str(facts)])
        found = json.loads(facts.read_text())
    weights = (folder / "net.caffemodel").stat().st_size / 1e6
    return {"network": label, "weights_mb": weights, **asdict(median(taken)), **found}


def table(results: dict[str, Any]) -> list[list[str]]:
    """A header, then a row for each network."""
    header = ["network", "weights", "time", "CPU", "peak memory", "nodes", "largest error"]
    return [header, *(table_row(row) for row in results["conversions"])]


def table_row(row: dict[str, Any]) -> list[str]:
    """What the table says of one network."""
    times = [f"{row['weights_mb']:.1f} MB", f"{row['wall']:.2f} s", f"{row['cpu']:.2f} s", f"{row['peak_mib']:.0f} MiB"]
    return [row["network"], *times, str(row["nodes"]), f"{row['error']:.1e}"]


def write(results: dict[str, Any]) -> None:
    """Writes results/<name>.json and .md."""
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"{NAME}.json").write_text(json.dumps(results, indent=1) + "\n")
    machine = results["machine"]
    facts = f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB"
    facts += f". Median of {results['repeats']}."
    rows = table(results)
    lines = ["# Caffe to ONNX", "", facts, "", "| " + " | ".join(rows[0]) + " |", "|---" * len(rows[0]) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows[1:]]
    lines += [
        "",
        "Errors are relative to the largest output. Times include verification without a source: loading and running.",
        "",
    ]
    (folder / f"{NAME}.md").write_text("\n".join(lines))


def main() -> int:
    """Measures, writes and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="measured runs of each network; default 3")
    arguments = parser.parse_args()
    cache = (
        Path(os.environ.get("MODELWRIGHT_ORACLE_CACHE") or Path.home() / ".cache" / "modelwright" / "oracle") / "caffe"
    )
    conversions = []
    for name, label in NETWORKS.items():
        print(f"measuring {label} ...", file=sys.stderr, flush=True)
        conversions.append(measure(cache / name, label, arguments.repeats))
    results = {
        "machine": machine_facts(),
        "versions": {"modelwright": versions(sys.executable, OURS)},
        "repeats": arguments.repeats,
        "conversions": conversions,
    }
    write(results)
    for row in table(results):
        print("  ".join(cell.ljust(14) for cell in row))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
