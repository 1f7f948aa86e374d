"""Models as facts, and small profiles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx.parser
import onnx_ir as ir
import pytest

from modelwright.targets.facts import ModelFacts
from modelwright.targets.profile import Profile
from modelwright.targets.rule import apply_model_rules, apply_node_rules


@pytest.fixture
def make_facts() -> Callable[..., ModelFacts]:
    """Facts of a model given as ONNX text."""

    def make(text: str, *, opset: str = '"" : 17', source: str = "onnx", path: str = "m.onnx") -> ModelFacts:
        full = text if text.lstrip().startswith("<") else f"<ir_version: 8, opset_import: [{opset}]>\n{text}"
        model = ir.serde.deserialize_model(onnx.parser.parse_model(full))
        return ModelFacts(model, path=path, source=source)

    return make


@pytest.fixture
def make_profile() -> Callable[..., Profile]:
    """A profile with the given fields."""

    def make(**fields: Any) -> Profile:
        return Profile.model_validate({"name": "chip", "label": "the chip", "origin": "its manual", **fields})

    return make


@pytest.fixture
def codes(make_facts: Callable[..., ModelFacts]) -> Callable[..., list[int]]:
    """Codes that one rule gives for a model: of the model, then of each node in turn."""

    def ask(text: str, rule: str, settings: dict[str, Any] | None = None, **how: Any) -> list[int]:
        facts = make_facts(text, **how)
        wanted = {rule: settings or {}}
        causes = apply_model_rules(facts, wanted)
        causes += [cause for node in facts.nodes for cause in apply_node_rules(facts, node, wanted)]
        assert all(cause.message for cause in causes)
        assert all(cause.remedy for cause in causes if cause.code.fails)
        return [int(cause.code) for cause in causes]

    return ask


@pytest.fixture
def write_profile(tmp_path: Path) -> Callable[..., Path]:
    """Writes a profile file."""

    def write(text: str, name: str = "chip") -> Path:
        path = tmp_path / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write
