"""``doctor``: a model of any readable format and its calibration data, looked at before they are quantized."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import onnx_ir as ir

from modelwright.diagnostics import Level
from modelwright.errors import UsageError
from modelwright.formats import TensorSpec
from modelwright.frontends.manifest import Imported, LoadRequest, frontend_for
from modelwright.hub.dtypes import dtype_name
from modelwright.hub.imports import defer_heavy_imports
from modelwright.hub.shapes import dims_of
from modelwright.hub.subgraphs import all_nodes
from modelwright.pipeline.detection import detect_format
from modelwright.pipeline.options import settle_options
from modelwright.quantize.config.load import load_config
from modelwright.quantize.data.found import find_data
from modelwright.quantize.data.function import Trust
from modelwright.quantize.data.open import open_feeds
from modelwright.quantize.data.settings import DEFAULT_BATCHES, DataSettings, InputData
from modelwright.quantize.doctor.check import checks
from modelwright.quantize.doctor.checks.already_quantized import QUANTIZED
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.examine import diagnose, examine
from modelwright.quantize.doctor.finding import Finding
from modelwright.quantize.doctor.landmarks import landmarks
from modelwright.quantize.doctor.scaled import with_scales
from modelwright.quantize.doctor.session import opener
from modelwright.quantize.doctor.trials import Witness
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.prepare import prepare
from modelwright.quantize.session import ModelRuns
from modelwright.quantize.settings import QuantizeSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorRequest:
    """What is to be looked at.

    Attributes:
        path: File or folder of the model.
        data: Calibration data as ``--data`` names them; None for those of ``config``, or for the model alone.
        config: A calibration file.
        like: What is said of images: colours, means, preset, function; its path does not matter.
        reference: Data known to be right, prepared as in training.
        batches: Batches used at most.
        rules: Placement rules; None for those of ONNX Runtime, or of ``config``.
        trust: Whether Python files that are named may be run.
        options: Options of the model's frontend, as for a conversion.
        interpreters: Interpreters for sources that only their framework can read, by name (``tf_python``).
    """

    path: Path
    data: Path | None = None
    config: Path | None = None
    like: InputData = field(default_factory=lambda: InputData(path=""))
    reference: Path | None = None
    batches: int = DEFAULT_BATCHES
    rules: str | None = None
    trust: bool = False
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    interpreters: Mapping[str, Path] = field(default_factory=dict[str, Path])


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorReport:
    """What was found.

    Attributes:
        model: The model, as it was named.
        format: Label of its format.
        samples: Samples of calibration data looked at; 0 for the model alone.
        tensors: Tensors inside the network that were looked at.
        checks: Codes of all checks and what they look for.
        findings: The gravest first.
    """

    model: str
    format: str
    samples: int
    tensors: int
    checks: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing graver than a notice was found."""
        return not any(item.level in (Level.ERROR, Level.WARNING) for item in self.findings)


def examine_model(request: DoctorRequest) -> DoctorReport:
    """Looks at a model and at its calibration data.

    Raises:
        UserError: The model or the data cannot be read or do not fit each other.
        ToolError: An interpreter that was named is not there.
    """
    defer_heavy_imports()
    if request.reference is not None and request.data is None and request.config is None:
        raise UsageError("--reference needs calibration data to compare with", hint="give --data or -c as well")
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="modelwright-")))
        imported = _imported(request, scratch)
        settings, feeds, reference = _settings_and_data(request, imported.model, scratch)
        evidence = _evidence(imported.model, settings, feeds, reference, stack)
        findings = diagnose(evidence)
    return DoctorReport(
        model=str(request.path),
        format=imported.summary.format,
        samples=evidence.data.samples,
        tensors=len(evidence.tensors),
        checks=tuple((item.code, item.title) for item in checks()),
        findings=findings,
    )


def _imported(request: DoctorRequest, scratch: Path) -> Imported:
    found = detect_format(request.path)
    frontend = frontend_for(found)
    needed = frontend.interpreter
    return frontend.load(
        LoadRequest(
            path=request.path,
            format=found,
            options=settle_options(frontend.options, request.options, of=f"{frontend.label} models"),
            opset=None,
            python=None if needed is None else request.interpreters.get(needed.name),
            scratch=scratch,
        )
    )


def _settings_and_data(
    request: DoctorRequest, model: ir.Model, scratch: Path
) -> tuple[QuantizeSettings, Feeds | None, Feeds | None]:
    config = None if request.config is None else load_config(request.config)
    settings = QuantizeSettings() if config is None else config.settings
    if request.rules is not None:
        settings = dataclasses.replace(settings, target=request.rules)
    specs = [
        TensorSpec(name=value.name or "", dtype=dtype_name(value.dtype), shape=dims_of(value.shape))
        for value in model.graph.inputs
        if value.name not in model.graph.initializers
    ]
    trust = Trust(given=request.trust)
    data = None if config is None else config.data
    if request.data is not None:
        data = _found(request.data, specs, request)
    feeds = None if data is None else open_feeds(data, specs, trust=trust, scratch=scratch)
    if request.reference is None:
        return settings, feeds, None
    reference = open_feeds(_found(request.reference, specs, request), specs, trust=trust, scratch=scratch)
    return settings, feeds, reference


def _found(path: Path, specs: Sequence[TensorSpec], request: DoctorRequest) -> DataSettings:
    return find_data(path, specs, like=request.like, settings=DataSettings(inputs=(), batches=request.batches))


def _evidence(
    model: ir.Model, settings: QuantizeSettings, feeds: Feeds | None, reference: Feeds | None, stack: ExitStack
) -> Evidence:
    """All that can be known; a model that is quantized already is not run."""
    if feeds is None or any(node.op_type in QUANTIZED for node in all_nodes(model.graph)):
        return Evidence(model=model, settings=settings)
    original = model.clone()
    prepare(model)
    witness = Witness(places=landmarks(original), run=opener(stack.enter_context(ModelRuns(original))))
    run = opener(stack.enter_context(ModelRuns(model)))
    evidence = examine(model, feeds, run, settings=settings, reference=reference, witness=witness)
    return with_scales(evidence, feeds)
