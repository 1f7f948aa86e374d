"""The plan: what a recipe leads to, step by step, as data that can be printed and hashed before anything runs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelwright.backends.manifests import SKIP_CHECK, backend_named
from modelwright.errors import InternalError
from modelwright.formats import Format
from modelwright.frontends.manifest import frontend_for
from modelwright.options import Option, OptionKind
from modelwright.pipeline.quantize_section import without_places
from modelwright.pipeline.recipe import Recipe

PLAN_VERSION = 1
"""Raised whenever the same steps come to mean something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step.

    Attributes:
        name: ``import``, ``optimize``, ``opset``, ``quantize``, ``check``, ``export`` or ``verify``.
        tool: What does it: a frontend, a backend, a runner.
        options: Names and values, in order; values are plain data.
        reason: Why the step is there.
    """

    name: str
    tool: str
    options: tuple[tuple[str, Any], ...]
    reason: str

    def data(self) -> dict[str, Any]:
        """The step as plain data."""
        return {"name": self.name, "tool": self.tool, "options": dict(self.options), "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps from a source to an artifact; where these two lie is not part of it."""

    steps: tuple[Step, ...]

    @property
    def key(self) -> str:
        """SHA-256 of the steps' names, tools and options: equal plans have equal keys in every process."""
        steps = [[step.name, step.tool, dict(step.options)] for step in self.steps]
        text = json.dumps([PLAN_VERSION, steps], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def data(self) -> list[dict[str, Any]]:
        """The steps as plain data."""
        return [step.data() for step in self.steps]


def plan(recipe: Recipe) -> Plan:
    """The steps that ``recipe`` leads to. Pure: reads no file.

    Args:
        recipe: A recipe whose format and target are settled (``modelwright.pipeline.run.settle``).

    Raises:
        InternalError: They are not.
        UnknownNameError: There is no such target.
    """
    if recipe.source.format is None or recipe.output.target is None:
        raise InternalError("a plan needs a recipe with format and target")
    steps = [_import_step(recipe)]
    if optimizes(recipe):
        reason = "asked for" if recipe.optimize.enabled else "a converted graph repeats the source's habits"
        steps.append(Step(name="optimize", tool="passes", options=(), reason=reason))
    if changes_opset(recipe):
        options = (("opset", recipe.output.opset),)
        steps.append(Step(name="opset", tool="passes", options=options, reason="says every node in that opset's words"))
    if quantizes(recipe):
        steps.append(_quantize_step(recipe))
    backend = backend_named(recipe.output.target)
    if backend.prepare is not None and not recipe.output.options.get(SKIP_CHECK):
        reason = "asks the target's table and rules before its compiler runs"
        steps.append(Step(name="check", tool="targets", options=(), reason=reason))
    steps.append(
        Step(
            name="export",
            tool=backend.name,
            options=tuple(sorted(recipe.output.options.items())),
            reason=f"writes the artifact ({backend.label}) and checks it",
        )
    )
    if verifies(recipe):
        steps.append(_verify_step(recipe))
    return Plan(steps=tuple(steps))


def quantizes(recipe: Recipe) -> bool:
    """Whether the model is quantized."""
    return recipe.quantize.settings is not None


def optimizes(recipe: Recipe) -> bool:
    """Whether the graph is optimized: what the recipe says, else what the target or the frontend does by habit."""
    if recipe.optimize.enabled is not None:
        return recipe.optimize.enabled
    asks = recipe.output.target is not None and backend_named(recipe.output.target).optimizes
    return asks or frontend_for(Format(recipe.source.format)).optimizes


def emitted_opset(recipe: Recipe) -> int | None:
    """The opset to ask the frontend for: the one wanted, or the oldest it can emit; None when it chooses itself."""
    oldest, wanted = frontend_for(Format(recipe.source.format)).emits_from, recipe.output.opset
    return None if oldest is None or wanted is None else max(oldest, wanted)


def changes_opset(recipe: Recipe) -> bool:
    """Whether an opset is asked for that the frontend does not emit by itself."""
    return recipe.output.opset is not None and emitted_opset(recipe) != recipe.output.opset


def verifies(recipe: Recipe) -> bool:
    """Whether the result is run and compared: unless the recipe says no."""
    return recipe.verify.enabled is not False


def _import_step(recipe: Recipe) -> Step:
    source = Format(recipe.source.format)
    frontend = frontend_for(source)
    given = [(name, _without_place(frontend.option(name), value)) for name, value in recipe.options.items()]
    emitted = emitted_opset(recipe)
    opset = [] if emitted is None else [("opset", emitted)]
    return Step(
        name="import",
        tool=frontend.name,
        options=(("format", source.value), *given, *opset),
        reason=f"reads the {source.label} into ONNX in memory",
    )


def _quantize_step(recipe: Recipe) -> Step:
    section = recipe.quantize
    data = None if section.data is None else without_places(section.data)
    said = {**(section.settings or {}), "data": data, "simplify": section.simplify, "search": section.search}
    said["fix"] = section.fix
    if section.statistics is not None:
        said["statistics"] = Path(section.statistics).name
    if section.metric is not None:
        said["metric"] = Path(section.metric).name
    labels = (section.settings or {}).get("labels")
    if labels is not None:
        said["labels"] = Path(labels).name
    options = tuple(sorted((key, value) for key, value in said.items() if value is not None))
    reason = "ranges from statistics" if section.statistics else "ranges from calibration data" if data else "as asked"
    return Step(name="quantize", tool="quantize", options=options, reason=reason)


def _without_place(option: Option | None, value: Any) -> Any:
    """An option's value; of files only their names."""
    if option is not None and option.kind in (OptionKind.NEW_FILE, OptionKind.FILE):
        return Path(value).name
    if option is not None and option.kind is OptionKind.FILES:
        return [Path(item).name for item in value]
    return value


def _verify_step(recipe: Recipe) -> Step:
    verify = recipe.verify
    source = frontend_for(Format(recipe.source.format)).source_run
    tolerances: tuple[tuple[str, Any], ...] = (("rtol", verify.rtol), ("atol", verify.atol))
    if verify.reference is not None:
        options = (("reference", Path(verify.reference).name), *tolerances)
        reason = "compares with the reference outputs"
    elif quantizes(recipe) and recipe.quantize.data is not None:
        options = tolerances
        reason = "compares with the float model on calibration data"
    elif source is not None and not (source.interpreter and verify.interpreter(source.interpreter.name) is None):
        options = (("source", f"in {source.runtime}"), *tolerances, ("seed", verify.seed))
        reason = f"compares with the source in {source.runtime} on random inputs"
    else:
        options = (*tolerances, ("seed", verify.seed))
        reason = "loads and runs the result"
        if source is not None:
            reason += f"; compares if an interpreter with {source.runtime} is named"
    if verify.layers:
        options, reason = (*options, ("layers", True)), f"{reason}, inside, too"
    return Step(name="verify", tool="onnxruntime", options=options, reason=reason)
