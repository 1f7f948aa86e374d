"""What trials say about nodes and about the model as a whole."""

from __future__ import annotations

from typing import Final

from modelwright.targets.causes import Cause, Code, Evidence
from modelwright.targets.facts import ModelFacts, NodeFacts
from modelwright.targets.profile import Profile
from modelwright.targets.remedies import CORRECT_IT, lower_ir_version, make_static, pin_opset, without
from modelwright.targets.table import remedy_for_missing
from modelwright.targets.trial.explain import explain, is_file_version
from modelwright.targets.trial.nodes import ModelTrial, NodeTrial, Whole

SIZES: Final = "sizes"
"""The kind of refusal of a model whose inputs hold sizes."""

_UNTYPED = "see to the operators before it first: what they give is not known here"
_PLAIN = frozenset({"float32", "int64", "bool"})


def node_causes(trial: ModelTrial, facts: ModelFacts, node: NodeFacts, profile: Profile, index: int) -> list[Cause]:
    """What came of trying a node; when the whole model was accepted, every node was."""
    if trial.whole is not None and trial.whole.accepted:
        return [_ok(f"{trial.label}: accepted with the whole model")]
    found = trial.nodes.get(index)
    if found is None:
        return [_ok(f"{trial.label}: a constant")]
    if found.outcome is None:
        return [_cause(Code.NOT_TRIED, f"not tried: {found.reason}", _UNTYPED)]
    if found.outcome.accepted:
        how = "loaded and ran by itself" if found.outcome.stage == "run" else "loaded by itself"
        if found.assumed:
            return [_cause(Code.RUN_UNCERTAIN, f"{trial.label}: {how}, supposing that {found.assumed}", _UNTYPED)]
        return [_ok(f"{trial.label}: {how}")]
    return [_refusal(found, facts, node, profile, trial.label)]


def _refusal(found: NodeTrial, facts: ModelFacts, node: NodeFacts, profile: Profile, label: str) -> Cause:
    assert found.outcome is not None  # noqa: S101  the caller has looked
    code, text = explain(found.outcome)
    if found.outcome.stage == "run" and code is Code.PARAMETER_INVALID and not found.certain:
        return _cause(
            Code.RUN_UNCERTAIN,
            f"{label} loads it; on made-up inputs it failed: {text}",
            "make the shapes static, so that it can be tried with the sizes it will have",
        )
    if code is Code.DTYPE and found.assumed:
        return _cause(Code.RUN_UNCERTAIN, f"{label}: {text}, supposing that {found.assumed}", _UNTYPED)
    if code is Code.DTYPE and _has_plain_types(facts, node):
        code = Code.TYPE_UNSUPPORTED
    return _cause(code, f"{label}: {text}", _remedy(code, facts, node, profile))


def _has_plain_types(facts: ModelFacts, node: NodeFacts) -> bool:
    """Whether a missing kernel means a missing operator: its inputs are of the commonest dtypes."""
    return all(facts.dtype(value) in _PLAIN for value in node.node.inputs if value is not None)


def _remedy(code: Code, facts: ModelFacts, node: NodeFacts, profile: Profile) -> str:
    match code:
        case Code.TYPE_UNSUPPORTED:
            return remedy_for_missing(facts, node, profile)
        case Code.DTYPE:
            return "export the model in float32, or put Casts to float32 or int64 around this layer"
        case Code.ENGINE_CRASHED | Code.ENGINE_LIMIT:
            return f"another version of the engine may do; else {without(facts, node, profile.ways)}"
        case Code.OPSET:
            return "write an older opset with --opset"
        case _:
            return CORRECT_IT


def whole_causes(trial: ModelTrial, facts: ModelFacts, whole: Whole, *, target: str = "") -> list[Cause]:
    """What the trial of the whole model adds to what its nodes say."""
    outcome = trial.whole
    if trial.converted:
        message = f"{trial.label} refuses the model as it is, and takes it as a conversion to {target} writes it"
        return [_cause(Code.CONVERTED, message, f"convert it with `--target {target}`")]
    if outcome is None or outcome.accepted:
        return []
    code, text = explain(outcome)
    if code is Code.OPSET:
        newest = _newest(text, facts.opset)
        remedy = lower_ir_version(facts) if is_file_version(outcome) else pin_opset(facts, newest)
        return [_cause(code, f"{trial.label}: {text}", remedy)]
    if outcome.kind == SIZES:
        return [_cause(Code.PARAMETER_INVALID, f"{trial.label}: {text}", "export the model with these sizes fixed")]
    if any(found.outcome is not None and not found.outcome.accepted for found in trial.nodes.values()):
        return []
    where = f" at node {outcome.node}" if outcome.node else ""
    if outcome.stage == "run" and (whole.guessed or _takes_integers(facts)):
        remedy = make_static(facts, [(item.name, item.shape or ()) for item in facts.inputs()])
        sizes = ", ".join(f"{name}{list(shape)}" for name, shape in whole.shapes.items())
        message = f"{trial.label} loads the model; running it on made-up inputs ({sizes}) failed{where}: {text}"
        return [_cause(Code.RUN_UNCERTAIN, message, remedy)]
    final = code if code in (Code.ENGINE_CRASHED, Code.ENGINE_LIMIT) else Code.ENGINE_REFUSED
    remedy = "export the model again, or cut it in halves with --outputs to find where it goes wrong"
    return [_cause(final, f"{trial.label} refuses the model{where}, though none of its nodes alone: {text}", remedy)]


def _newest(text: str, opset: int) -> int:
    numbers = [int(word.rstrip(",")) for word in text.split() if word.rstrip(",").isdigit()]
    return numbers[-1] if "opset" in text and numbers else min(opset, 17)


def _takes_integers(facts: ModelFacts) -> bool:
    return any(not item.dtype.startswith("float") for item in facts.inputs())


def _ok(message: str) -> Cause:
    return Cause(code=Code.OK, message=message, evidence=Evidence.TRIAL)


def _cause(code: Code, message: str, remedy: str) -> Cause:
    return Cause(code=code, message=message, remedy=remedy, evidence=Evidence.TRIAL)
