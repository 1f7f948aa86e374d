"""A model of any format as one side of a comparison: in the hub, and as an ONNX file that runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx_ir as ir

from modelwright.diagnostics import ModelSummary
from modelwright.formats import Format
from modelwright.frontends.manifest import Imported, LoadRequest, frontend_for
from modelwright.hub.io import save
from modelwright.hub.opset import OLDEST_OPSET, newest_opset
from modelwright.pipeline.detection import detect_format
from modelwright.pipeline.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class SideRequest:
    """A model to compare.

    Attributes:
        path: File or folder.
        interpreters: Interpreters that the user named, by their option's name (``tf_python``).
        options: Options of the frontend, as a recipe holds them.
        opset: The opset to import to, where that can be chosen.
        optimized: Whether to optimize what its frontend usually optimizes.
    """

    path: Path
    interpreters: Mapping[str, Path]
    options: Mapping[str, Any]
    opset: int | None = None
    optimized: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a comparison.

    Attributes:
        path: What the user named.
        format: What it is.
        model: The model in the hub.
        imported: What the frontend gave.
        file: An ONNX file of the model: the user's own, or a temporary one.
        python: The interpreter named for its framework, or None.
    """

    path: Path
    format: Format
    model: ir.Model
    imported: Imported
    file: Path
    python: Path | None

    @property
    def summary(self) -> ModelSummary:
        """What the model holds, in its own format."""
        return self.imported.summary

    @property
    def opset(self) -> int | None:
        """The default domain's version, if another format can be imported to it."""
        version = self.model.opset_imports.get("", 0)
        return version if OLDEST_OPSET <= version <= newest_opset() else None


def load_side(request: SideRequest, scratch: Path) -> Side:
    """Reads a model of any format.

    Args:
        request: Which model and how.
        scratch: An empty folder for temporary files, which must outlive the side.

    Raises:
        UserError: The model is missing, damaged or cannot be converted.
        ToolError: A tool that is needed to read it fails.
    """
    found = detect_format(request.path)
    frontend = frontend_for(found)
    needed = frontend.interpreter
    python = None if needed is None else request.interpreters.get(needed.name)
    scratch.mkdir(parents=True, exist_ok=True)
    opset = None if found is Format.ONNX else request.opset
    imported = frontend.load(
        LoadRequest(
            path=request.path, format=found, options=request.options, opset=opset, python=python, scratch=scratch
        )
    )
    for side in imported.side_files:
        side.write(Path(request.options[side.option]))
    file = request.path
    if found is not Format.ONNX or request.options:
        _finish(imported.model, optimized=request.optimized and frontend.optimizes)
        file = scratch / "model.onnx"
        save(imported.model, file)
    return Side(path=request.path, format=found, model=imported.model, imported=imported, file=file, python=python)


def _finish(model: ir.Model, *, optimized: bool) -> None:
    if optimized:
        from modelwright.passes.pipeline import optimize

        optimize(model, opset=model.graph.opset_imports.get("", 0))
    else:
        from modelwright.passes.finalize import finalize

        finalize(model)


def source_of_report(path: Path) -> Recipe | None:
    """The recipe in a report or recipe file; None when the path is of another kind.

    Raises:
        RecipeError: It looks like one and is none.
    """
    if path.suffix.lower() not in (".json", ".toml") or not path.is_file() or path.name == "model.json":
        return None
    from modelwright.pipeline.recipe import load_recipe

    return load_recipe(path)[0]
