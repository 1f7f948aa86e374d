"""What a run has to say: remarks, how the result compared, and the report that stands beside each artifact."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

from modelwright.formats import TensorSpec


class Status(enum.StrEnum):
    """The four words a result can have.

    ``VERIFIED``: re-loaded, ran, matched the source within the stated tolerance. ``UNVERIFIED``: converted; the reason
    says why it could not be compared. ``PLANNED``: the vendor's tool is not installed; its exact command is written.
    ``FAILED``: there is an error with code, node, reason and remedy.
    """

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    PLANNED = "planned"
    FAILED = "failed"


class Level(enum.StrEnum):
    """How much a remark matters."""

    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One remark: what was guessed, dropped, changed or wrong.

    Attributes:
        level: How much it matters.
        message: A sentence in the user's names.
        stage: The step of the plan that said it (``import``, ``optimize``, ...).
        code: Stable code, for errors.
        hint: What the user may do.
        node: The source's node concerned.
    """

    level: Level
    message: str
    stage: str = ""
    code: str = ""
    hint: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputComparison:
    """How one output of the artifact compared with the expected one.

    Attributes:
        name: The artifact's output.
        dtype: Its dtype.
        shape: The shape that came out.
        max_abs: Largest absolute difference.
        max_rel: Largest absolute difference divided by the largest absolute expected value.
        cosine: Cosine similarity of the flattened tensors, in float64; None for empty or non-numeric tensors.
        mismatches: Number of elements outside ``atol + rtol * max |expected|``.
        passed: Whether none is outside.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    max_abs: float
    max_rel: float
    cosine: float | None
    mismatches: int
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerComparison:
    """How a tensor inside the artifact compared with the source's.

    Attributes:
        name: The artifact's tensor.
        source: The source's tensor.
        layer: The source's layer that makes it.
        op_type: Its operator.
        shape: The shape in the artifact.
        max_abs: Largest absolute difference.
        max_rel: Largest absolute difference divided by the largest absolute value in the source.
        cosine: Cosine similarity of the flattened tensors; None for empty or non-numeric ones.
        passed: Whether ``max_abs`` is at most ``atol + rtol * max |source|``.
    """

    name: str
    source: str
    layer: str
    op_type: str
    shape: tuple[int, ...]
    max_abs: float
    max_rel: float
    cosine: float | None
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerComparisons:
    """The tensors that artifact and source both have, compared on the same inputs.

    Attributes:
        tensors: One comparison for each, in the order in which the artifact computes them.
        model: What was looked into, where it is not the artifact itself.
        method: What ran the source on which inputs.
        runner: What ran the artifact.
        first: The first layer that does not compute what the source's does; empty when there is none, or none is sure.
        left_out: Tensors that differ although all that is computed from them agrees, and that are not counted: an
            optimization gave their name, or their place, to something else.
        reason: Why nothing was compared; empty when something was.
    """

    tensors: tuple[LayerComparison, ...] = ()
    model: str = ""
    method: str = ""
    runner: str = ""
    first: str = ""
    left_out: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was done to check an artifact, and what came out.

    Attributes:
        status: ``VERIFIED``, ``UNVERIFIED`` or ``FAILED``.
        method: What it was compared with, as a phrase: ``reference.npz``, ``TensorFlow 2.21 on 2 random inputs``.
        runner: What ran the artifact, with version.
        checks: What was checked, a phrase each (``onnx.checker with full shape inference``, ``loads``, ``runs``).
        reason: Why it is not verified, or what failed; empty when verified.
        rtol: Relative tolerance.
        atol: Absolute tolerance.
        cosine: Least cosine of an output that counts as a match, where the result is quantized; else None.
        outputs: One comparison for each output.
        latency_ms: Median time of one run on the inputs used, in milliseconds.
        layers: The tensors inside, where that was asked for.
    """

    status: Status
    method: str = ""
    runner: str = ""
    checks: tuple[str, ...] = ()
    reason: str = ""
    rtol: float = 0.0
    atol: float = 0.0
    cosine: float | None = None
    outputs: tuple[OutputComparison, ...] = ()
    latency_ms: float | None = None
    layers: LayerComparisons | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSummary:
    """What a model holds, whatever its format.

    Attributes:
        format: Label of the format.
        inputs: Inputs with dtype and shape.
        outputs: Outputs with dtype and shape.
        operators: Operator to number of nodes, most frequent first.
        parameters: Number of weight elements.
        weight_bytes: Bytes of weights.
        file_bytes: Bytes on disk of all the model's files.
        opsets: ONNX domain to version; empty for other formats.
        details: Further facts in reading order (IR version, producer, tags, signatures, ...).
        weights_known: Whether the weights were looked at; if not, their number and size are 0, and inputs, outputs and
            operators are those that could be told without.
    """

    format: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    operators: dict[str, int]
    parameters: int
    weight_bytes: int
    file_bytes: int
    opsets: dict[str, int] = field(default_factory=dict[str, int])
    details: dict[str, Any] = field(default_factory=dict[str, Any])
    weights_known: bool = True

    @property
    def nodes(self) -> int:
        """The number of nodes."""
        return sum(self.operators.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One step of the plan as it ran.

    Attributes:
        name: ``import``, ``optimize``, ``opset``, ``export``, ``verify``.
        summary: What was done, one phrase each.
        seconds: Wall time.
    """

    name: str
    summary: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """A file that was written: its path, size in bytes and SHA-256."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything about one run, stored beside the artifact as ``<name>.report.json``.

    Attributes:
        status: The result's word.
        recipe: The recipe as data; ``modelwright run`` on the report repeats it.
        plan: The steps as data.
        source: The source model.
        artifact: The artifact as a model, or None when nothing was written.
        files: Files written.
        inputs: SHA-256 of each source file, by path relative to the model, and of the ``calibration data`` as a whole.
        steps: The steps as they ran.
        diagnostics: Remarks, in order.
        verification: How it was checked.
        versions: modelwright, Python and the libraries that shaped the result.
        error: Code, message, hint and node of the error that ended the run, if one did.
        peak_memory_bytes: Peak resident memory of the process.
    """

    status: Status
    recipe: dict[str, Any]
    plan: tuple[dict[str, Any], ...]
    source: ModelSummary | None
    artifact: ModelSummary | None
    files: tuple[WrittenFile, ...]
    inputs: dict[str, str]
    steps: tuple[StepResult, ...]
    diagnostics: tuple[Diagnostic, ...]
    verification: Verification | None
    versions: dict[str, str]
    error: dict[str, str] | None = None
    peak_memory_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A node that cannot be written for a target.

    Attributes:
        op_type: Its operator.
        node: The name of the source's layer.
        reason: Why not.
        hint: What would help; may be empty.
    """

    op_type: str
    node: str
    reason: str
    hint: str = ""

    def __str__(self) -> str:
        """``Conv 'name': reason; hint``."""
        text = f"{self.op_type} {self.node!r}: {self.reason}"
        return f"{text}; {self.hint}" if self.hint else text
