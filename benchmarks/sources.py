"""The networks of other frameworks with the frameworks' own answers, for the benchmarks of targets.

They are those that `make oracle`, `oracle-caffe`, `oracle-paddle` and `oracle-torch` make.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from measuring import machine_facts

import modelwright as mw
from modelwright.errors import ModelwrightError
from modelwright.formats import TensorSpec
from modelwright.verify.detections import aligned

ORACLE = Path(os.environ.get("MODELWRIGHT_ORACLE_CACHE") or Path.home() / ".cache/modelwright/oracle")
RESULTS = Path(__file__).with_name("results")
TORCH = ("vit_script", "vit_dynamo", "bert_script", "yolo_script", "yolo_dynamo", "swin_script")
TENSORFLOW = ("mobilenet_v2", "resnet50")
BAR = 1e-4

Feeds = dict[str, np.ndarray]
Runner = Callable[[Path, Callable[[Sequence[TensorSpec]], Feeds]], list[np.ndarray]]
"""Runs a converted file; asks for the inputs by the tensors that it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network of another framework.

    Attributes:
        name: Its name in the results.
        source: What is converted.
        answers: The framework's inputs (``in:``) and outputs (``out:``).
        options: What `modelwright.convert` is told.
    """

    name: str
    source: Path
    answers: Path
    options: dict[str, Any]

    @property
    def is_float(self) -> bool:
        """Whether its weights stay as they are."""
        return "target_options" not in self.options


def networks() -> Iterator[Network]:
    """All that there are, those of TensorFlow also with narrower weights."""
    return (network for network in _named() if network.answers.exists())


def _named() -> Iterator[Network]:
    for name in TENSORFLOW:
        saved, answers = ORACLE / name / "saved_model", ORACLE / name / "ref_b1.npz"
        yield Network(name=f"TensorFlow {name}", source=saved, answers=answers, options={})
        for flag in ("float16_weights", "dynamic_range"):
            options = {"target_options": {flag: True}}
            yield Network(name=f"TensorFlow {name}, {flag}", source=saved, answers=answers, options=options)
    for kind, part in (("Caffe", "net"), ("Paddle", "")):
        for folder in sorted((ORACLE / kind.lower()).glob("*")):
            source, answers = folder / part, folder / "reference.npz"
            yield Network(name=f"{kind} {folder.name}", source=source, answers=answers, options={})
    for name in TORCH:
        source, answers = ORACLE / name / "model.onnx", ORACLE / name / "ref_b1.npz"
        yield Network(name=f"ONNX {name}", source=source, answers=answers, options={"onnxsim": True})


def tried(network: Network, ending: str, runner: Runner) -> dict[str, Any]:
    """The largest error of one network, or why there is none."""
    with np.load(network.answers) as archive:
        arrays = {name: archive[name] for name in archive.files}
    feeds = {name.removeprefix("in:"): value for name, value in arrays.items() if name.startswith("in:")}
    wanted = {name.removeprefix("out:"): value for name, value in arrays.items() if name.startswith("out:")}
    cut = {"outputs": list(wanted)} if "caffe" in network.source.parts else {}

    def given(inputs: Sequence[TensorSpec]) -> Feeds:
        named = dict(zip([spec.name for spec in inputs], feeds.values(), strict=True))
        return feeds if feeds.keys() == named.keys() else named

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"net.{ending}"
        try:
            mw.convert(network.source, path, no_verify=True, **cut, **network.options)
            found = runner(path, given)
        except ModelwrightError as error:
            return {"failed": " ".join(str(error).split())[:300]}
    return errors_of(found, list(wanted.values()))


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


def report(rows: Sequence[dict[str, Any]], target: str, runtime: str) -> str:
    """The results as a page."""
    floats = [row for row in rows if "," not in row["name"]]
    good = sum(row.get("error", 1.0) <= BAR for row in floats)
    lines = [
        f"# Networks of other frameworks as {target}",
        "",
        f"{good} of {len(floats)} networks come within 1e-4 of the largest number of every output, in {runtime}.",
        "",
        "| network | largest error | cosine |",
        "|---|---|---|",
    ]
    for row in rows:
        error = f"{row['failed']} |" if "failed" in row else f"{row['error']:.1e} | {row['cosine']:.7f}"
        lines.append(f"| {row['name']} | {error} |")
    return "\n".join([*lines, "", "Errors of integer outputs are the part that differs.", ""])


def measure(found: Iterator[Network], *, name: str, target: str, runtime: str, ending: str, runner: Runner) -> None:
    """Runs networks and writes `results/<name>.{json,md}`; only shows them where the command line asks for some."""
    parser = argparse.ArgumentParser(prog=f"{name}.py")
    parser.add_argument("parts", nargs="*", help="take networks whose name has one of these parts")
    parts = parser.parse_args().parts
    rows: list[dict[str, Any]] = []
    for network in found:
        if not parts or any(part in network.name for part in parts):
            rows.append({"name": network.name, **tried(network, ending, runner)})
            sys.stderr.write(f"{rows[-1]}\n")
    text = report(rows, target, runtime)
    sys.stdout.write(text)
    if not parts:
        RESULTS.mkdir(exist_ok=True)
        document = {"machine": machine_facts(), "rows": rows}
        (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
        (RESULTS / f"{name}.md").write_text(text)
