"""The check of a model for one target: trial where an engine is at hand, table and rules where it is not."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelwright.errors import ToolMissingError
from modelwright.targets.causes import Cause, Code, Evidence
from modelwright.targets.conversion import Conversion, conversion_causes, conversion_phrase, model_causes
from modelwright.targets.facts import ModelFacts, NodeFacts
from modelwright.targets.profile import Profile
from modelwright.targets.report import NodeVerdict, TargetReport
from modelwright.targets.rule import apply_model_rules, apply_node_rules
from modelwright.targets.source_problems import source_problem
from modelwright.targets.standard import Standard
from modelwright.targets.table import look_up, unlisted
from modelwright.targets.trial.batch import Batch
from modelwright.targets.trial.engines import Engine, engine_named, interpreters
from modelwright.targets.trial.nodes import ModelTrial, Whole, try_model
from modelwright.targets.trial.verdict import node_causes, whole_causes

DEFAULT_TIMEOUT: Final = 60.0
"""Seconds for the trial of one model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialSettings:
    """How trials are run.

    Attributes:
        enabled: Whether to try at all.
        python: The interpreter to look for engines in, besides the running one.
        timeout: Seconds for one model or node.
    """

    enabled: bool = True
    python: Path | None = None
    timeout: float = DEFAULT_TIMEOUT


def check_target(
    facts: ModelFacts,
    profile: Profile,
    *,
    whole: Whole,
    settings: TrialSettings,
    conversion: Conversion | None = None,
) -> TargetReport:
    """Checks a model for one target.

    Args:
        facts: The model.
        profile: The target.
        whole: The model as a whole, for the target's engine.
        settings: Whether and how to try.
        conversion: What modelwright's own writer says of the model; it decides where there is one.

    Raises:
        ToolError: The interpreter that the user named lacks the engine of the only target, or fails.
    """
    if conversion is not None:
        trial, phrases = None, (conversion_phrase(conversion, profile.label, len(facts.nodes)),)
    else:
        trial, phrases = _trial(facts, profile, whole, settings)
    causes = apply_model_rules(facts, profile.rules)
    if trial is not None:
        causes += whole_causes(trial, facts, whole, target=profile.name)
    if conversion is not None:
        causes += model_causes(conversion)
    judge = _Judge(facts, profile, trial, conversion)
    return TargetReport(
        model=os.path.basename(facts.path.rstrip("/")),  # noqa: PTH119  the text is shown, not opened
        target=profile.name,
        label=profile.label,
        evidence=phrases,
        causes=tuple(causes),
        nodes=tuple(judge.verdict(node, index) for index, node in enumerate(facts.nodes)),
    )


def _trial(
    facts: ModelFacts, profile: Profile, whole: Whole, settings: TrialSettings
) -> tuple[ModelTrial | None, tuple[str, ...]]:
    """The trial, if there can be one, and phrases that say what the verdicts rest on."""
    table = _table_phrase(profile)
    if profile.engine is None:
        return None, (f"by table and rules: modelwright has no engine of this target to try nodes in; {table}",)
    if not settings.enabled:
        return None, (f"by table and rules, without trial, as asked; {table}",)
    engine = engine_named(profile.engine)
    trial = _first_trial(facts, whole, settings, engine)
    if trial is None:
        hint = f"pip install {profile.package} in an environment and name its interpreter with --python"
        return None, (f"by table and rules: {engine.module} is not installed here ({hint}); {table}",)
    return trial, (_trial_phrase(trial, engine), *([table] if profile.decides == "accelerated" else []))


def _first_trial(facts: ModelFacts, whole: Whole, settings: TrialSettings, engine: Engine) -> ModelTrial | None:
    for python in interpreters(engine, settings.python):
        with tempfile.TemporaryDirectory(prefix="modelwright-check-") as folder:
            batch = Batch(
                engine=engine, python=python, folder=Path(folder), timeout=settings.timeout, memory=_memory_limit()
            )
            try:
                return try_model(facts, whole, batch)
            except ToolMissingError:
                if not python.exists():
                    raise
    return None


def _memory_limit() -> int:
    """Half of the machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def _trial_phrase(trial: ModelTrial, engine: Engine) -> str:
    done = "loaded and ran" if engine.runs else "parsed and built"
    if trial.whole is not None and trial.whole.accepted:
        how = done if trial.whole.stage == "run" else "loaded"
        return f"by trial: {trial.label} {how} the whole model"
    tried = f"{trial.tried} different node{'s' * (trial.tried != 1)} of {sum(1 for _ in trial.nodes)} tried one by one"
    whole = "loads but does not run" if trial.whole is not None and trial.whole.stage == "run" else "is refused"
    why = f"the whole model {whole}" if trial.whole is not None else "the model is large"
    return f"by trial: {trial.label}; {why}, {tried}"


def _table_phrase(profile: Profile) -> str:
    return (
        f"{len(profile.operators)} operators from {profile.origin}" if profile.operators else f"from {profile.origin}"
    )


class _Judge:
    """Gives the verdicts on a model's nodes."""

    def __init__(
        self, facts: ModelFacts, profile: Profile, trial: ModelTrial | None, conversion: Conversion | None
    ) -> None:
        self._facts = facts
        self._profile = profile
        self._trial = trial
        self._conversion = conversion
        self._standard = Standard(facts)

    def verdict(self, node: NodeFacts, index: int) -> NodeVerdict:
        """The verdict on one node: errors and warnings where there are any, else what speaks for it."""
        found = self._operator_causes(node, index)
        evidence = found[0].evidence if found else Evidence.RULE
        causes = [*found, *apply_node_rules(self._facts, node, self._profile.rules)]
        errors = [cause for cause in causes if cause.code.fails]
        warnings = [cause for cause in causes if cause.code >= Code.NOT_ACCELERATED]
        passing = [cause for cause in causes if cause.code is Code.OK]
        shown = (*errors, *warnings) or tuple(passing) or (Cause(code=Code.OK, message="no rule speaks against it"),)
        imported = not found or found[0].code is not Code.SOURCE_UNSUPPORTED
        return NodeVerdict(
            name=node.name,
            type=node.type if imported else node.node.op_type,
            causes=tuple(dict.fromkeys(shown)),
            evidence=errors[0].evidence if errors else evidence,
        )

    def _operator_causes(self, node: NodeFacts, index: int) -> list[Cause]:
        """What trial says of the operator, or else the standard and the table.

        A table of accelerated operators adds to a trial.
        """
        problem = source_problem(self._facts, node)
        if problem is not None:
            return [problem]
        if self._conversion is not None:
            return conversion_causes(self._conversion, index)
        tried = node_causes(self._trial, self._facts, node, self._profile, index) if self._trial is not None else []
        decided = bool(tried) and tried[0].code is not Code.NOT_TRIED
        if decided and self._profile.decides != "accelerated":
            return tried
        listed = look_up(self._facts, node, self._profile)
        if not decided and listed is not None and listed.code is Code.PARTLY_SUPPORTED and self._standard.lacks(node):
            return [*tried, unlisted(self._facts, node, self._profile, reason=f"ONNX has no operator {node.type}")]
        invalid = None if decided else self._standard.cause(node)
        return [*tried, *(cause for cause in (listed, invalid) if cause is not None)]
