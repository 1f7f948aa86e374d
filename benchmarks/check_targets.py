"""Holds the verdicts of ``modelwright check`` against what engines really do with the node tests of the ONNX standard.

    python benchmarks/check_targets.py [--every N] [--tensorrt PYTHON] [--openvino PYTHON]
    python benchmarks/check_targets.py (--tensorrt PYTHON | --openvino PYTHON) --write-table FILE

ONNX Runtime: each test is loaded and run with the test's own inputs; ``check`` must say the same from random ones.
TensorRT and OpenVINO, in the interpreters named: how often the table alone agrees with the trial, over the tests of
single operators with their sizes, axes and indices as constants, as exporters write them. ``--write-table`` writes
the measured table of an engine in the form of a profile.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.defs
import onnx.numpy_helper
import onnx_ir as ir
import onnxruntime
from measuring import machine_facts

import modelwright as mw
from modelwright.hub.dtypes import dtype_name
from modelwright.targets.trial.batch import Batch, Job
from modelwright.targets.trial.engines import engine_named

RESULTS = Path(__file__).with_name("results")
CASES_AT_ONCE = 1 << 33


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A node test: its name, its operator when it has a single node, its model and inputs."""

    name: str
    operator: str
    model: Any
    inputs: tuple[Any, ...]


def node_tests() -> list[Case]:
    """All node tests of the installed onnx."""
    warnings.simplefilter("ignore")
    from onnx.backend.test.case.node import collect_testcases

    found = []
    for case in collect_testcases(None):
        nodes = case.model.graph.node
        operator = nodes[0].op_type if len(nodes) == 1 else ""
        found.append(Case(name=case.name, operator=operator, model=case.model, inputs=tuple(case.data_sets[0][0])))
    return sorted(found, key=lambda case: case.name)


def really_runs(path: Path, case: Case) -> bool:
    """Whether ONNX Runtime loads the test and runs it with the test's own inputs, if Python can hand these over."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception:  # noqa: BLE001  whatever the engine raises is a refusal
        return False
    if not all(is_plain(value) for value in case.inputs):
        return True
    arrays = [value if isinstance(value, list) else np.asarray(value) for value in case.inputs]
    try:
        session.run(None, dict(zip((item.name for item in session.get_inputs()), arrays, strict=False)))
    except Exception:  # noqa: BLE001
        return False
    return True


def is_plain(value: Any) -> bool:
    """Whether an input, or each of a sequence, is an array of a dtype that numpy itself has."""
    items = value if isinstance(value, list) else [value]
    return all(isinstance(item, np.ndarray | np.generic) and item.dtype.kind in "fiubSUO" for item in items)


def as_exported(case: Case) -> Any:
    """The model as exporters write it: optional outputs left out, sizes, axes and factors as initializers."""
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    leave_out_optional_outputs(model)
    for info, value in list(zip(case.model.graph.input, case.inputs, strict=False))[1:]:
        array = np.asarray(value) if not isinstance(value, list) else None
        steering = array is not None and (array.dtype.kind in "iu" or case.operator in ("Resize", "Upsample"))
        if steering and array.ndim <= 1 and array.size <= 64:
            model.graph.initializer.append(onnx.numpy_helper.from_array(array, info.name))
            model.graph.input.remove(next(item for item in model.graph.input if item.name == info.name))
    return model


def leave_out_optional_outputs(model: Any) -> None:
    """Drops the outputs that the standard calls optional, but never the last one that is left."""
    node = model.graph.node[0]
    opset = next((item.version for item in model.opset_import if item.domain == node.domain), 1)
    try:
        schema = onnx.defs.get_schema(node.op_type, opset, node.domain)
    except onnx.defs.SchemaError:
        return
    while len(node.output) > max(schema.min_output, 1) and any(node.output[:-1]):
        name = node.output.pop()
        for info in [item for item in model.graph.output if item.name == name and len(model.graph.output) > 1]:
            model.graph.output.remove(info)


def agreement_with_onnxruntime(cases: list[Case], folder: Path) -> dict[str, Any]:
    """Verdict of ``check`` against the truth, for each case."""
    table: Counter[str] = Counter()
    wrong: list[str] = []
    started = time.process_time()
    for case in cases:
        path = folder / f"{case.name}.onnx"
        onnx.save(case.model, path)
        try:
            verdict = mw.check(path, "onnxruntime").passed
        except mw.UserError as error:
            table[f"not read: {type(error).__name__}"] += 1
            continue
        truth = really_runs(path, case)
        table[f"{'runs' if truth else 'does not run'}, check says {'pass' if verdict else 'fail'}"] += 1
        if truth != verdict:
            wrong.append(case.name)
    judged = sum(count for name, count in table.items() if "check says" in name)
    agreed = judged - len(wrong)
    return {
        "engine": f"ONNX Runtime {onnxruntime.__version__}",
        "tests": len(cases),
        "judged": judged,
        "agreement_percent": round(100 * agreed / max(judged, 1), 2),
        "counts": dict(sorted(table.items())),
        "differ": wrong,
        "cpu_seconds": round(time.process_time() - started, 1),
    }


def measured(engine: str, python: Path, cases: list[Case], folder: Path) -> dict[str, bool]:
    """What an engine takes, by name of the test: all in one batch."""
    jobs = []
    for number, case in enumerate(cases):
        path = folder / f"{case.name}.{engine}.onnx"
        model = as_exported(case)
        onnx.save(model, path)
        given = {info.name: value for info, value in zip(case.model.graph.input, case.inputs, strict=False)}
        feeds = [feed(info.name, given.get(info.name)) for info in model.graph.input]
        ready = [item for item in feeds if item is not None]
        jobs.append(Job(id=number, path=path, feeds=tuple(ready), run=len(ready) == len(feeds)))
    batch = Batch(engine=engine_named(engine), python=python, folder=folder, timeout=60, memory=CASES_AT_ONCE)
    _, outcomes = batch.run(jobs)
    return {case.name: outcomes[number].accepted for number, case in enumerate(cases)}


def feed(name: str, value: Any) -> dict[str, Any] | None:
    """A feed of the value's dtype and shape, or None for what is no plain array."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiub":
        return None
    return {"name": name, "dtype": value.dtype.name, "shape": list(value.shape), "integers": 1}


def table_against_trial(target: str, engine: str, python: Path, cases: list[Case], folder: Path) -> dict[str, Any]:
    """How the table alone compares with the trial, over single operators of the default domain."""
    single = [case for case in cases if case.operator and not case.name.endswith("_expanded")]
    taken = measured(engine, python, single, folder)
    table: Counter[str] = Counter()
    for case in single:
        report = mw.check(folder / f"{case.name}.{engine}.onnx", target, trial=False).targets[0]
        warned = any(cause.code == 102 for node in report.nodes for cause in node.causes)
        said = "unsure" if report.passed and warned else "pass" if report.passed else "fail"
        table[f"{'taken' if taken[case.name] else 'refused'}, table says {said}"] += 1
    sure = sum(count for name, count in table.items() if "unsure" not in name)
    right = table["taken, table says pass"] + table["refused, table says fail"]
    return {
        "tests": len(single),
        "taken": sum(taken.values()),
        "table_is_sure": sure,
        "agreement_percent": round(100 * right / max(sure, 1), 2),
        "counts": dict(sorted(table.items())),
    }


def write_table(engine: str, python: Path, cases: list[Case], folder: Path, output: Path) -> None:
    """The measured table in the form of a profile: tests taken and tests there are, by operator and dtype."""
    single = [case for case in cases if case.operator and not case.name.endswith("_expanded")]
    taken = measured(engine, python, single, folder)
    counts: dict[str, dict[str, list[bool]]] = {}
    for case in single:
        counts.setdefault(case.operator, {}).setdefault(first_dtype(case), []).append(taken[case.name])
    rows = [table_row(name, by_dtype) for name, by_dtype in sorted(counts.items())]
    output.write_text("\n".join(rows) + "\n", encoding="utf-8")


def table_row(name: str, by_dtype: dict[str, list[bool]]) -> str:
    """One operator's row; dtypes are told only where they make a difference."""
    found = [item for items in by_dtype.values() for item in items]
    parts = [f"passed = {sum(found)}", f"of = {len(found)}"]
    if 0 < sum(found) < len(found):
        good = [f'"{dtype}"' for dtype, items in sorted(by_dtype.items()) if dtype and all(items)]
        bad = [f'"{dtype}"' for dtype, items in sorted(by_dtype.items()) if dtype and not any(items)]
        parts += [f"dtypes = [{', '.join(good)}]"] if good else []
        parts += [f"refused = [{', '.join(bad)}]"] if bad else []
    return f"{name} = {{ {', '.join(parts)} }}"


def first_dtype(case: Case) -> str:
    """The dtype of a test's first input, empty where it has none or is no tensor."""
    inputs = case.model.graph.input
    number = inputs[0].type.tensor_type.elem_type if inputs else 0
    return dtype_name(ir.DataType(number)) if number else ""


def main() -> None:
    """Runs what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="take only tests whose name contains one of these, comma-separated")
    parser.add_argument("--every", type=int, default=1, help="take only every Nth test")
    parser.add_argument("--tensorrt", type=Path, help="interpreter with tensorrt-rtx")
    parser.add_argument("--openvino", type=Path, help="interpreter with openvino")
    parser.add_argument(
        "--write-table", type=Path, help="write the named engine's measured table to this file, and stop"
    )
    arguments = parser.parse_args()
    wanted = arguments.only.split(",")
    cases = [case for case in node_tests() if any(part in case.name for part in wanted)][:: arguments.every]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.write_table:
            engine = "openvino" if arguments.openvino else "tensorrt_rtx"
            write_table(engine, arguments.openvino or arguments.tensorrt, cases, folder, arguments.write_table)
            return
        results: dict[str, Any] = {"machine": machine_facts(), "onnx": onnx.__version__, "every": arguments.every}
        results["onnxruntime"] = agreement_with_onnxruntime(cases, folder)
        for target, engine, python in (
            ("tensorrt", "tensorrt_rtx", arguments.tensorrt),
            ("openvino", "openvino", arguments.openvino),
        ):
            if python is not None:
                results[target] = table_against_trial(target, engine, python, cases, folder)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "check_targets.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    (RESULTS / "check_targets.md").write_text(as_text(results), encoding="utf-8")
    print(as_text(results))


def as_text(results: dict[str, Any]) -> str:
    """The results as a page."""
    ort = results["onnxruntime"]
    lines = [
        "# Verdicts of `modelwright check` against the engines",
        "",
        f"Node tests of onnx {results['onnx']}, one in {results['every']}. ONNX Runtime: the verdict against a run",
        "with the test's own inputs. Others: the verdict by table alone against the trial; a table is unsure where",
        "only some tests of an operator pass.",
        "",
        "| engine | tests | judged | agreement |",
        "|---|---|---|---|",
        f"| {ort['engine']} | {ort['tests']} | {ort['judged']} | {ort['agreement_percent']} % |",
    ]
    lines += [
        "| {0}, by table | {tests} | {table_is_sure} | {agreement_percent} % |".format(target, **results[target])
        for target in ("tensorrt", "openvino")
        if target in results
    ]
    for target in ("onnxruntime", "tensorrt", "openvino"):
        if target in results:
            lines += ["", f"{target}:", ""]
            lines += [f"- {name}: {count}" for name, count in results[target]["counts"].items()]
    if ort["differ"]:
        lines += ["", f"Different for ONNX Runtime: {', '.join(ort['differ'])}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
