"""Checks a model of any readable format for targets: imports it in memory, then asks each target's profile."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import onnx_ir as ir

from modelwright.backends.manifests import BackendManifest, backends
from modelwright.errors import ConversionError, UnsupportedError, UsageError
from modelwright.formats import Format
from modelwright.frontends.manifest import Frontend, Imported, LoadRequest, frontend_for
from modelwright.hub.imports import defer_heavy_imports
from modelwright.hub.opset import check_target as check_opset
from modelwright.pipeline.detection import detect_format
from modelwright.pipeline.improving import working_opset
from modelwright.pipeline.options import settle_options
from modelwright.targets.check import TrialSettings, check_target
from modelwright.targets.conversion import Conversion, conversion_of, marked_copy
from modelwright.targets.facts import ModelFacts
from modelwright.targets.profile import Profile, profile_named
from modelwright.targets.report import CheckReport, TargetReport
from modelwright.targets.source_problems import problems_report
from modelwright.targets.trial.nodes import Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """What is to be checked.

    Attributes:
        path: File or folder of the model.
        targets: Names of profiles, or paths of profile files.
        options: Options of the model's frontend, as for a conversion.
        opset: The opset to import to, or to bring an ONNX model to; None for the frontend's own choice.
        optimize: Whether the graph is optimized first; None for what a conversion of this format does.
        trial: Whether and how nodes are tried.
        interpreters: Interpreters for sources that only their framework can read, by name (``tf_python``).
    """

    path: Path
    targets: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    opset: int | None = None
    optimize: bool | None = None
    trial: TrialSettings = field(default_factory=TrialSettings)
    interpreters: Mapping[str, Path] = field(default_factory=dict[str, Path])


def check_model(request: CheckRequest) -> CheckReport:
    """Checks a model for each target in turn.

    Raises:
        UserError: The model cannot be read, an option does not fit it, or there is no such target.
        ToolError: An interpreter that was named is not there.
    """
    defer_heavy_imports()
    if request.opset is not None:
        check_opset(request.opset)
    if not request.targets:
        raise UsageError("no target is named", hint="name one or several: --target onnxruntime,tensorrt")
    profiles = [profile_named(name) for name in dict.fromkeys(request.targets)]
    found = detect_format(request.path)
    frontend = frontend_for(found)
    with tempfile.TemporaryDirectory(prefix="modelwright-") as scratch:
        try:
            imported = frontend.load(_load_request(request, found, frontend, Path(scratch)))
        except (UnsupportedError, ConversionError) as error:
            if not (error.node or isinstance(error, UnsupportedError)):
                raise
            return _stopped(error, request, found, profiles)
        try:
            changed = _bring_to_opset(request, imported.model, frontend)
        except UnsupportedError as error:
            return _stopped(error, request, found, profiles, opset=request.opset)
        reports = _reports(request, imported, frontend, profiles, changed=changed)
    return CheckReport(model=str(request.path), format=found.label, targets=tuple(reports))


def _stopped(
    error: UnsupportedError | ConversionError,
    request: CheckRequest,
    found: Format,
    profiles: Sequence[Profile],
    *,
    opset: int | None = None,
) -> CheckReport:
    reports = [problems_report(error, model=request.path, profile=profile, opset=opset) for profile in profiles]
    return CheckReport(model=str(request.path), format=found.label, targets=tuple(reports))


def _bring_to_opset(request: CheckRequest, model: ir.Model, frontend: Frontend) -> bool:
    """Optimizes a model and brings it to the opset asked for, as a conversion does; whether that was to be done."""
    from modelwright.passes.opset.change import change_opset
    from modelwright.passes.pipeline import OptimizeChoices, optimize

    present = model.graph.opset_imports.get("", 0)
    if frontend.optimizes if request.optimize is None else request.optimize:
        working = working_opset(request.opset, model) or present
        change_opset(model, working)
        optimize(model, opset=working, choices=OptimizeChoices(ceiling=request.opset))
        change_opset(model, request.opset or working)
        return True
    change_opset(model, request.opset or present)
    return request.opset not in (None, present)


def _load_request(request: CheckRequest, found: Format, frontend: Frontend, scratch: Path) -> LoadRequest:
    options = settle_options(frontend.options, request.options, of=f"{frontend.label} models")
    if frontend.option("continue_on_error") is not None:
        options.setdefault("continue_on_error", True)
    needed = frontend.interpreter
    return LoadRequest(
        path=request.path,
        format=found,
        options=options,
        opset=request.opset,
        python=None if needed is None else request.interpreters.get(needed.name),
        scratch=scratch,
    )


def _reports(
    request: CheckRequest, imported: Imported, frontend: Frontend, profiles: Sequence[Profile], *, changed: bool
) -> list[TargetReport]:
    model = imported.model
    changed = changed or bool(set(request.options)) or Format.ONNX not in frontend.formats
    from modelwright.passes.constant_inputs import settle_constant_inputs

    settle_constant_inputs(model)
    _inline_functions(model)
    remarks = tuple(notice.message for notice in imported.notices)
    facts = ModelFacts(model, path=str(request.path), source=frontend.name, remarks=remarks)
    whole = _whole(facts, None if changed else request.path)
    return [
        check_target(
            _judged(facts, profile),
            profile,
            whole=replace(whole, converted=_converted(model, profile)),
            settings=request.trial,
            conversion=_conversion(model, profile),
        )
        for profile in profiles
    ]


def _judged(facts: ModelFacts, profile: Profile) -> ModelFacts:
    """The model as the target's table and rules are to be asked about it."""
    backend = next((item for item in backends() if profile.name in (item.name, *item.profiles)), None)
    form = facts.model if backend is None else backend.judged(facts.model)
    if form is facts.model:
        return facts
    return ModelFacts(form, path=facts.path, source=facts.source, remarks=facts.remarks)


def _converted(model: ir.Model, profile: Profile) -> Callable[[], ir.Model] | None:
    """What makes the model that a conversion to the target hands to its engine, where that is not the model itself."""
    if profile.engine is None:
        return None
    backend = next((item for item in backends() if item.name == profile.name and item.optimizes), None)
    return None if backend is None else partial(_improved, model, backend)


def _improved(model: ir.Model, backend: BackendManifest) -> ir.Model:
    """A copy, optimized and brought to what the target's tool takes as a conversion does it, as far as that goes."""
    from modelwright.passes.pipeline import OptimizeChoices, optimize

    copy = model.clone()
    choices = OptimizeChoices(ceiling=backend.introduces)
    optimize(copy, opset=copy.graph.opset_imports.get("", 0), choices=choices)
    with suppress(UnsupportedError):
        backend.legalize(copy)
    return copy


def _conversion(model: ir.Model, profile: Profile) -> Conversion | None:
    """What modelwright's own writer for the target says, where it tells beforehand."""
    backend = next((item for item in backends() if item.name == profile.name and item.refusals is not None), None)
    if backend is None:
        return None
    copy = marked_copy(model)
    return conversion_of(backend.refused(_improved(copy, backend) if backend.optimizes else copy))


def _inline_functions(model: ir.Model) -> None:
    """Puts the bodies of the model's own functions in place of their calls, as engines do."""
    if model.functions:
        from onnx_ir.passes.common import InlinePass

        InlinePass()(model)


def _whole(facts: ModelFacts, file: Path | None) -> Whole:
    from modelwright.hub.random_inputs import choose_shapes, has_open_sizes

    specs = [item for item in facts.inputs() if item.shape is not None]
    return Whole(file=file, shapes=choose_shapes(specs, {}), guessed=has_open_sizes(facts.inputs(), {}))
