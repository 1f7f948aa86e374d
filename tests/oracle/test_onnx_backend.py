"""All of ONNX's backend tests that ONNX Runtime answers rightly, simplified; and the light models of the wheel."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest
from backend_cases import write_cases
from check_case import verdict

from modelwright.backends.onnx.write import write
from modelwright.hub.io import load
from modelwright.passes.pipeline import optimize

PARTS = 8
LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"

pytestmark = pytest.mark.oracle_onnx


@pytest.fixture(scope="session")
def cases(tmp_path_factory) -> list[Path]:
    return write_cases(tmp_path_factory.mktemp("backend"))


def simplify(source: Path, target: Path) -> None:
    model = load(source)
    optimize(model, opset=model.graph.opset_imports.get("", 0))
    write(model, target)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_case_is_still_right(cases, part):
    failures, counted = {}, 0
    for case in cases[part::PARTS]:
        if verdict(case, case / "model.onnx")["status"] != "right":
            continue
        counted += 1
        simplify(case / "model.onnx", case / "simple.onnx")
        found = verdict(case, case / "simple.onnx")
        if found["status"] != "right":
            failures[case.name] = found["reason"]
    assert not failures
    assert counted > 150


@pytest.mark.parametrize("model", sorted(LIGHT.glob("*.onnx")), ids=lambda path: path.stem)
def test_light_models_do_not_grow(model, tmp_path):
    simplify(model, tmp_path / "simple.onnx")
    assert (tmp_path / "simple.onnx").stat().st_size <= model.stat().st_size
