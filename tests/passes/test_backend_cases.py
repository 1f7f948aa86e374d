"""A sample of ONNX's backend tests: what ONNX Runtime answers rightly, it answers rightly after the optimizer too."""

from __future__ import annotations

import importlib
import warnings
from pathlib import Path

import pytest
from backend_cases import write_case
from check_case import verdict
from onnx.backend.test.case import node as case_package

from modelwright.backends.onnx.write import write
from modelwright.hub.io import load
from modelwright.passes.pipeline import optimize

FAMILIES = {
    "control flow": "if loop scan",
    "sequences": "sequence_map sequenceinsert split_to_sequence optionalgetelement optionalhaselement",
    "functions": "affinegrid celu rmsnormalization meanvariancenormalization softmaxcrossentropy thresholdedrelu",
    "structure": "reshape slice transpose unsqueeze squeeze expand tile concat split identity constant shape size",
    "numbers": "clip dropout bernoulli castlike constantofshape range where eyelike pow mod reduce_log_sum_exp",
    "windows": "batch_normalization convtranspose pad averagepool",
    "strings": "string_concat string_split stringnormalizer labelencoder",
}


def cases_of(modules: str, folder: Path) -> list[Path]:
    """The folders of the cases that these modules of onnx make."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in modules.split():
            for package in (case_package.__name__, f"{case_package.__name__}.ai_onnx_ml"):
                if importlib.util.find_spec(f"{package}.{name}") is not None:
                    importlib.import_module(f"{package}.{name}")
    found = []
    for case in case_package._NodeTestCases:
        target = folder / case.name
        write_case(case.model, case.data_sets[0], target)
        (target / "tolerance.json").write_text(f'{{"rtol": {case.rtol}, "atol": {case.atol}}}')
        found.append(target)
    case_package._NodeTestCases.clear()
    case_package._existing_names.clear()
    return found


def simplified(case: Path) -> Path:
    model = load(case / "model.onnx")
    optimize(model, opset=model.graph.opset_imports.get("", 0))
    write(model, case / "simple.onnx")
    return case / "simple.onnx"


@pytest.mark.parametrize("family", FAMILIES)
def test_still_right(family, tmp_path):
    counted = 0
    for case in cases_of(FAMILIES[family], tmp_path):
        source = verdict(case, case / "model.onnx")
        if source["status"] != "right":
            continue  # beyond this runtime
        found = verdict(case, simplified(case))
        assert (case.name, found["status"], found["reason"]) == (case.name, "right", "")
        assert found["nodes"] <= source["nodes"] + 1, case.name
        counted += 1
    assert counted > 4
