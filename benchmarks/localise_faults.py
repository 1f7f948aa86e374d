"""Fault localisation: a wrong weight or attribute at a random place; does `modelwright verify` name the layer?

Every fault is looked for twice: in a copy of the model, by bisection alone (no memory but for one cut), and in the
faulty model as modelwright's optimizer leaves it, with the usual memory. A fault that has no effect on the outputs, or
one within the tolerance, is counted by itself: nobody can find it from the outputs. In the copy those within the
tolerance are looked for again without tolerance.

Networks: the example's, trained; those of `tests/verify/locate/networks.py`; and, where `make oracle` or the
benchmarks have put them, ResNet50, MobileNetV2 and PyTorch's exports. Results go to `results/`.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from measuring import machine_facts, versions

import modelwright as mw
from modelwright.diagnostics import Status
from modelwright.hub.io import load, save
from modelwright.passes.pipeline import optimize
from modelwright.pipeline.locate import BUDGET, LocateRequest, locate
from modelwright.verify.locate.findings import Localisation

HERE = Path(__file__).parent
ROOT = HERE.parent
NAME = "localise_faults"
FOUND_BAR = 0.95
EXPORTS = ("bert_script", "vit_script", "swin_script", "yolo_script")
CONVERTED = ("mobilenet_v2", "resnet50")

sys.path.insert(0, str(ROOT / "tests" / "verify" / "locate"))
import faults  # noqa: E402
import networks  # noqa: E402


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One fault looked for in one way.

    Attributes:
        network: The network.
        fault: The kind of fault.
        way: ``copy`` or ``optimized``.
        outcome: ``found``, ``missed``, ``no effect`` or ``within tolerance``.
        certain: Whether the search was sure.
        nodes: Nodes of the source that the answer covers.
        tensors: Tensors compared.
        runs: Runs of source or model, whichever ran more often.
        bound: ceil(log2 tensors) + 2.
        seconds: Wall time.
    """

    network: str
    fault: str
    way: str
    outcome: str
    certain: bool
    nodes: int
    tensors: int
    runs: int
    bound: int
    seconds: float


def sources(folder: Path, names: str | None) -> Iterator[tuple[str, onnx.ModelProto]]:
    """The networks that are here, or those of them that are named, separated by commas."""
    found = dict(_known(folder))
    chosen = list(found) if names is None else names.split(",")
    if unknown := [name for name in chosen if name not in found]:
        raise SystemExit(f"there is no network {', '.join(unknown)}; there are {', '.join(found)}")
    yield from ((name, found[name]()) for name in chosen)


def _known(folder: Path) -> Iterator[tuple[str, Callable[[], onnx.ModelProto]]]:
    makers = (networks.residual, networks.mobile, networks.attention, networks.pyramid, networks.recurrent)
    yield "digits", partial(_converted, ROOT / "examples" / "digits" / "saved_model", folder)
    yield from ((maker.__name__, partial(maker, 0)) for maker in makers)
    cache = Path(os.environ.get("MODELWRIGHT_ORACLE_CACHE") or Path.home() / ".cache" / "modelwright" / "oracle")
    for name in CONVERTED:
        if (cache / name / "saved_model").is_dir():
            yield name, partial(_converted, cache / name / "saved_model", folder)
    for name in EXPORTS:
        if (cache / name / "model.onnx").is_file():
            yield name, partial(onnx.load, cache / name / "model.onnx")


def _converted(source: Path, folder: Path) -> onnx.ModelProto:
    mw.convert(source, folder / "converted.onnx")
    return onnx.load(folder / "converted.onnx")


def try_fault(name: str, model: onnx.ModelProto, seed: int, folder: Path) -> Iterator[Trial]:
    """Puts one fault in and looks for it in both ways."""
    rng = np.random.default_rng(seed)
    right, wrong, optimized = (folder / f"{what}.onnx" for what in ("right", "wrong", "optimized"))
    onnx.save(model, right)
    fault = None
    damaged = copy.deepcopy(model)
    while fault is None:
        fault = faults.inject(damaged, rng)
    onnx.save(damaged, wrong)
    hub = load(wrong)
    optimize(hub, opset=hub.graph.opset_imports.get("", 0))
    save(hub, optimized)
    for way, path, budget in (("copy", wrong, 0), ("optimized", optimized, BUDGET)):
        started = time.perf_counter()
        found = locate(LocateRequest(model=path, source=right, seed=seed, budget=budget))
        yield _trial(name, fault, way, found, time.perf_counter() - started)
        if way == "copy" and found.status is not Status.FAILED and any(item.max_abs for item in found.outputs):
            started = time.perf_counter()
            again = locate(LocateRequest(model=path, source=right, seed=seed, rtol=0.0, atol=0.0))
            yield _trial(name, fault, "copy, no tolerance", again, time.perf_counter() - started)


def _trial(name: str, fault: faults.Fault, way: str, found: Localisation, seconds: float) -> Trial:
    place = found.divergence
    right = place is not None and bool(set(place.source_nodes) & set(fault.nodes))
    effect = any(item.max_abs for item in found.outputs)
    outcome = ("found" if right else "missed") if found.status is Status.FAILED else "within tolerance"
    return Trial(
        network=name,
        fault=fault.what,
        way=way,
        outcome=outcome if effect or found.status is Status.FAILED else "no effect",
        certain=place is not None and place.certain,
        nodes=len(place.source_nodes) if place is not None else 0,
        tensors=found.search.tensors,
        runs=max(found.search.runs_source, found.search.runs_model),
        bound=math.ceil(math.log2(max(found.search.tensors, 1))) + 2,
        seconds=round(seconds, 3),
    )


def summary(trials: list[Trial]) -> dict[str, Any]:
    """Counts and rates of one way of looking."""
    outcomes = Counter(trial.outcome for trial in trials)
    visible = [trial for trial in trials if trial.outcome in ("found", "missed")]
    found = [trial for trial in visible if trial.outcome == "found"]
    return {
        "faults": len(trials),
        **{key: outcomes[key] for key in ("found", "missed", "within tolerance", "no effect")},
        "rate": len(found) / len(visible) if visible else None,
        "runs_within_bound": sum(trial.runs <= trial.bound for trial in visible),
        "most_runs": max((trial.runs for trial in visible), default=0),
        "median_runs": statistics.median(trial.runs for trial in visible) if visible else 0,
        "median_nodes": statistics.median(trial.nodes for trial in found) if found else 0,
        "most_nodes": max((trial.nodes for trial in found), default=0),
        "median_seconds": statistics.median(trial.seconds for trial in visible) if visible else 0,
    }


_HEAD = (
    "| looked for in | faults | with an effect | found | rate | runs within the bound | runs, median / most | "
    "nodes named, median / most | seconds, median | within tolerance | no effect | bars |"
)

_NOTES = """
`copy`: the same graph with the fault, by bisection alone, one cut a run. `copy, no tolerance`: those of them within the
usual tolerance (rtol 1e-4), looked for again without one. `optimized`: the faulty model after modelwright's optimizer
against the original. The last two look at 64 MB of tensors a run.

`no effect`: the outputs are equal to the bit (dead channels, elements that no input reaches). Such faults, and those
within the tolerance, cannot be found from the outputs and are not part of the rate.
"""


def page(result: dict[str, Any]) -> str:
    """The results as Markdown."""
    machine = result["machine"]
    libraries = ", ".join(f"{key} {value}" for key, value in result["versions"].items())
    system = f"{machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}"
    lines = [
        "# Fault localisation\n",
        f"{machine['processor']}, {system}. Python {machine['python']}, {libraries}.\n",
        f"{result['faults']} faults, one at a time, in {len(result['networks'])} networks: "
        + ", ".join(result["networks"])
        + ". Bars: at least 95 % found, in at most ceil(log2 n) + 2 runs.\n",
        _HEAD,
        "|---" * 12 + "|",
        *(_row(way, item) for way, item in result["ways"].items()),
        _NOTES,
        "Missed:" if result["missed"] else "Nothing was missed.",
        *(f"- {item['way']}: {item['network']}, {item['fault']}" for item in result["missed"]),
    ]
    return "\n".join(lines) + "\n"


def _row(way: str, item: dict[str, Any]) -> str:
    visible = item["found"] + item["missed"]
    met = visible and item["rate"] >= FOUND_BAR and item["runs_within_bound"] == visible
    cells = [
        way,
        item["faults"],
        visible,
        item["found"],
        f"{100 * (item['rate'] or 0):.1f} %",
        f"{item['runs_within_bound']} of {visible}",
        f"{item['median_runs']:g} / {item['most_runs']}",
        f"{item['median_nodes']:g} / {item['most_nodes']}",
        f"{item['median_seconds']:.2f}",
        item["within tolerance"],
        item["no effect"],
        "met" if met else "NOT met",
    ]
    return f"| {' | '.join(map(str, cells))} |"


def write(trials: list[Trial], labels: list[str], count: int, folder: Path) -> str:
    """Writes the results and returns the page."""
    ways = sorted({trial.way for trial in trials})
    result = {
        "machine": machine_facts(),
        "versions": versions(sys.executable, ["numpy", "onnx", "onnx-ir", "onnxruntime"]),
        "faults": count,
        "networks": labels,
        "ways": {way: summary([trial for trial in trials if trial.way == way]) for way in ways},
        "missed": [asdict(trial) for trial in trials if trial.outcome == "missed"],
        "trials": [asdict(trial) for trial in trials],
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (folder / f"{NAME}.md").write_text(page(result), encoding="utf-8")
    return page(result)


def main() -> None:
    """Runs the trials and writes the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=200, help="how many")
    parser.add_argument("--networks", metavar="NAMES", help="only these, separated by commas")
    parser.add_argument("--output", type=Path, default=HERE / "results", help="folder of the results")
    arguments = parser.parse_args()
    trials: list[Trial] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = {label: faults.name_nodes(model) for label, model in sources(folder, arguments.networks)}
        labels = list(found)
        for seed in range(arguments.faults):
            label = labels[seed % len(labels)]
            new = list(try_fault(label, found[label], seed, folder))
            trials += new
            print(seed, label, *(f"{item.way}: {item.outcome} ({item.fault})" for item in new), sep="  ", flush=True)
    print(write(trials, labels, arguments.faults, arguments.output))


if __name__ == "__main__":
    main()
