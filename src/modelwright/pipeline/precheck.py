"""Asks a target's profile about a model before a vendor's compiler is started, which takes minutes to say no."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from modelwright.backends.manifests import Asked, BackendManifest, WriteRequest
from modelwright.diagnostics import Diagnostic, Level
from modelwright.errors import CheckFailed
from modelwright.formats import Format
from modelwright.frontends.manifest import Imported, frontend_for
from modelwright.hub.io_atomic import output_errors
from modelwright.pipeline.recipe import Recipe, target_python

if TYPE_CHECKING:
    from modelwright.targets.report import NodeVerdict, TargetReport

_SHOWN: Final = 8


def eval_path(output: Path) -> Path:
    """Where the verdict stands when the target refuses: ``<name>.eval_report.json``."""
    return output.with_name(f"{output.stem}.eval_report.json")


def ask(recipe: Recipe, backend: BackendManifest, imported: Imported) -> TargetReport | None:
    """What the target's profile says of the model, or None when the backend asks none.

    Args:
        recipe: The settled recipe.
        backend: The backend.
        imported: The source as imported; the model gets its final shapes.

    Raises:
        UsageError: The target's options do not fit the model.
    """
    request = WriteRequest(
        model=imported.model,
        path=Path(recipe.output.path),
        options=recipe.output.options,
        originals=imported.originals,
    )
    asked = backend.asks(request)
    return None if asked is None else _report(recipe, asked, imported)


def refused_early(
    recipe: Recipe, backend: BackendManifest, imported: Imported, stage: Callable[[Path], Path]
) -> CheckFailed | None:
    """Asks about the float model, so that what is wrong with it or the options is not found after calibration.

    Args:
        recipe: The settled recipe.
        backend: The backend.
        imported: The model as it will be quantized; it stays as it is.
        stage: Gives the place for a file of the output's folder.

    Raises:
        UsageError: The target's options do not fit the model, or what writes its artifacts.
    """
    backend.doubt(recipe.output.options, target_python(recipe, backend))
    if backend.prepare is None:
        return None
    report = ask(recipe, backend, replace(imported, model=imported.model.clone()))
    return None if report is None else refused(report, Path(recipe.output.path), stage)


def refused(report: TargetReport, output: Path, stage: Callable[[Path], Path]) -> CheckFailed | None:
    """The error of a report that says no, which is then stored as ``<name>.eval_report.json``; None if it says yes."""
    error = refusal(report, output)
    if error is not None:
        store(report, stage(eval_path(output)))
    return error


def _report(recipe: Recipe, asked: Asked, imported: Imported) -> TargetReport:
    from modelwright.targets.causes import Code
    from modelwright.targets.check import TrialSettings, check_target
    from modelwright.targets.facts import ModelFacts
    from modelwright.targets.profile import profile_named
    from modelwright.targets.trial.nodes import Whole

    facts = ModelFacts(
        asked.model or imported.model,
        path=recipe.source.path,
        source=frontend_for(Format(recipe.source.format)).name,
        remarks=tuple(notice.message for notice in imported.notices),
    )
    whole = Whole(file=None, shapes={}, guessed=False)
    profile = profile_named(asked.profile)
    report = check_target(facts, profile, whole=whole, settings=TrialSettings(enabled=False))
    if asked.sizes_given:
        causes = tuple(cause for cause in report.causes if cause.code is not Code.CONVERTED)
        report = replace(report, causes=causes)
    return report if asked.operators else _without_operators(report)


def _without_operators(report: TargetReport) -> TargetReport:
    """The report without what it says of the hub's operators: the compiler gets the source's own."""
    from modelwright.targets.causes import Code

    own = (Code.TYPE_UNSUPPORTED, Code.PARAMETER_INVALID, Code.OPSET, Code.TYPE_AMBIGUOUS, Code.NAME_REPEATED)

    def kept(node: NodeVerdict) -> NodeVerdict:
        return replace(node, causes=tuple(cause for cause in node.causes if cause.code not in own))

    causes = tuple(cause for cause in report.causes if cause.code not in own)
    return replace(report, causes=causes, nodes=tuple(kept(node) for node in report.nodes))


def refusal(report: TargetReport, output: Path) -> CheckFailed | None:
    """The error for a model that the target does not take, or None when it does."""
    if report.passed:
        return None
    reasons = [cause.message for cause in report.causes if cause.code.fails]
    for node in report.failed_nodes:
        reasons += [f"{node.name} ({node.type}): {cause.message}" for cause in node.causes if cause.code.fails]
    lines = "".join(f"\n  - {reason}" for reason in reasons[:_SHOWN])
    more = f"\n  and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else ""
    advice = "".join(f"{remedy}; " for remedy, _ in report.remedies()[:1])
    count = len(report.failed_nodes)
    failed = report.failed_nodes
    return CheckFailed(
        f"{report.label} does not take {count} of {len(report.nodes)} nodes, by its table and rules:{lines}{more}",
        hint=f"{advice}{eval_path(output).name} has all; --skip_check lets the compiler decide",
        node=failed[0].name if failed else "",
    )


def store(report: TargetReport, staged: Path) -> None:
    """Writes the verdict where it is to appear with the artifact's report.

    Raises:
        OutputError: It cannot be written.
    """
    with output_errors(staged):
        staged.write_text(json.dumps(report.data(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def remarks(report: TargetReport) -> tuple[Diagnostic, ...]:
    """What the profile warns of, one remark for nodes of the same reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for cause in report.causes:
        if cause.code and not cause.code.fails:
            found.setdefault((cause.message, cause.remedy), [])
    for node in report.warned_nodes:
        for cause in node.causes:
            if cause.code and not cause.code.fails:
                found.setdefault((cause.message, cause.remedy), []).append(node.name)
    return tuple(
        Diagnostic(level=Level.NOTICE, message=_remark(message, nodes), stage="check", hint=remedy)
        for (message, remedy), nodes in found.items()
    )


def _remark(message: str, found: list[str]) -> str:
    nodes = list(dict.fromkeys(found))
    shown = ", ".join(nodes[:_SHOWN]) + (f" and {len(nodes) - _SHOWN} more" if len(nodes) > _SHOWN else "")
    return f"{shown}: {message}" if nodes else message
