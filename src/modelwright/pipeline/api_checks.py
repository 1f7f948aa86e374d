"""The Python interface to what looks at models and writes none: the same names as the long flags, with underscores."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from modelwright.formats import split_list
from modelwright.pipeline.argument_types import Names, PathText
from modelwright.pipeline.diff import DiffRequest, diff_models, parse_aspects, parse_parts
from modelwright.pipeline.locate import LocateRequest, locate
from modelwright.verify.diff.findings import ModelDiff, Part
from modelwright.verify.locate.findings import Localisation
from modelwright.verify.tolerances import DEFAULT_ATOL, DEFAULT_RTOL

if TYPE_CHECKING:
    from modelwright.targets.report import CheckReport


def check(
    model: PathText,
    target: Names,
    *,
    opset: int | None = None,
    onnxsim: bool = False,
    options: Mapping[str, object] | None = None,
    trial: bool = True,
    python: PathText | None = None,
    timeout: float | None = None,
    tf_python: PathText | None = None,
) -> CheckReport:
    """Says, node by node, whether targets take a model, why not, and what would help.

    Args:
        model: File or folder of the model, of any format that is read.
        target: Targets, ``"ascend,tensorrt"`` or a list; each a name or the path of a profile (``.toml``).
        opset: The opset that the model is brought to first.
        onnxsim: Optimize an ONNX model first; other formats always are.
        options: Options of the conversion by name, as ``convert`` has them: ``{"free_dim_param": {"batch": 1}}``.
        trial: Whether nodes are tried in the target's engine, where it is installed.
        python: Interpreter to look for engines in, besides the running one.
        timeout: Seconds for the trial of one node.
        tf_python: Interpreter with TensorFlow, for Keras models.

    Returns:
        A report that does not raise when a target refuses the model: look at ``passed``.

    Raises:
        UserError: The model cannot be read, or there is no such target.
        ToolError: The interpreter that was named is not there.
    """
    from modelwright.pipeline.check import CheckRequest, check_model
    from modelwright.targets.check import DEFAULT_TIMEOUT, TrialSettings

    interpreter = None if python is None else Path(python)
    settings = TrialSettings(enabled=trial, python=interpreter, timeout=timeout or DEFAULT_TIMEOUT)
    names = split_list(target) if isinstance(target, str) else tuple(target)
    return check_model(
        CheckRequest(
            path=Path(model),
            targets=tuple(names),
            options=options or {},
            opset=opset,
            optimize=True if onnxsim else None,
            trial=settings,
            interpreters={} if tf_python is None else {"tf_python": Path(tf_python)},
        )
    )


def diff(
    a: PathText,
    b: PathText,
    *,
    only: Names | None = None,
    ignore: Names | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    inputs: PathText | None = None,
    seed: int = 0,
    tf_python: PathText | None = None,
) -> ModelDiff:
    """How two models of any format differ: graph, weights, outputs on the same inputs, size.

    Args:
        a: File or folder of the first model.
        b: File or folder of the second model.
        only: What to look at: ``graph``, ``weights``, ``numerics``; default all.
        ignore: What does not count as a difference: ``names``, ``metadata``, ``opset``, ``shapes``.
        rtol: Relative tolerance of the outputs (default 1e-4) and, if given, of the weights, which else must be equal.
        atol: Absolute tolerance, likewise (default 1e-6).
        inputs: ``.npz`` of own inputs by the names of ``a``.
        seed: Seed of random inputs.
        tf_python: Interpreter with TensorFlow, to read Keras models.

    Returns:
        What was found; ``same`` says whether anything differs.

    Raises:
        UserError: A model cannot be read, or an argument does not fit.
        ToolError: A tool that is needed to read a model fails.
    """
    found = DiffRequest(
        a=Path(a),
        b=Path(b),
        parts=tuple(Part) if only is None else parse_parts(_listed(only)),
        ignored=() if ignore is None else parse_aspects(_listed(ignore)),
        rtol=rtol,
        atol=atol,
        seed=seed,
        inputs=None if inputs is None else Path(inputs),
        interpreters={} if tf_python is None else {"tf_python": Path(tf_python)},
    )
    return diff_models(found)


def verify(
    model: PathText,
    source: PathText | None = None,
    *,
    reference: PathText | None = None,
    inputs: PathText | None = None,
    rtol: float = DEFAULT_RTOL,
    atol: float = DEFAULT_ATOL,
    seed: int = 0,
    memory: float = 64.0,
    layers: bool = False,
    tf_python: PathText | None = None,
) -> Localisation:
    """Whether a model computes what its source does, and if not, the first layer that does not.

    Args:
        model: File or folder of the model.
        source: What it must agree with: a model of any format, or the ``.report.json`` or recipe of its making.
        reference: Instead of a source, an ``.npz`` of inputs ``in:<name>``, outputs ``out:<name>`` and, under any other
            key, tensors inside by their name or their layer's.
        inputs: ``.npz`` of own inputs by the model's names.
        rtol: Relative tolerance of the outputs.
        atol: Absolute tolerance.
        seed: Seed of random inputs.
        memory: Megabytes of tensors to look at in one run of one model.
        layers: Compare all tensors that both have, also where nothing is wrong.
        tf_python: Interpreter with TensorFlow that runs a TensorFlow source.

    Returns:
        What was found: ``status``, ``outputs``, where they differ ``divergence``, and ``layers`` if asked for.

    Raises:
        UserError: A model cannot be read, or an argument does not fit.
        ArtifactInvalid: The model does not run.
        ToolError: A tool that is needed fails.
    """
    return locate(
        LocateRequest(
            model=Path(model),
            source=None if source is None else Path(source),
            reference=None if reference is None else Path(reference),
            inputs=None if inputs is None else Path(inputs),
            rtol=rtol,
            atol=atol,
            seed=seed,
            budget=int(memory * 1_000_000),
            layers=layers,
            interpreters={} if tf_python is None else {"tf_python": Path(tf_python)},
        )
    )


def _listed(names: Names) -> tuple[str, ...]:
    return split_list(names) if isinstance(names, str) else tuple(names)
