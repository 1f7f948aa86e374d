"""Builds an engine from the hub, or leaves what is needed to build it elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Unpack

import onnx_ir as ir

from modelwright.backends.tensorrt import trtexec
from modelwright.backends.tensorrt.build import Answer, Refusal, TensorRt
from modelwright.backends.tensorrt.cut import cut
from modelwright.backends.tensorrt.engine_file import read_engine
from modelwright.backends.tensorrt.legalize import legalize
from modelwright.backends.tensorrt.notices import cut_notice, lost_notice, no_engine
from modelwright.backends.tensorrt.profile import Profile, make_profile, profiles_of_gears, usual_shapes
from modelwright.backends.tensorrt.refusals import all_refusals, unsupported
from modelwright.backends.tensorrt.settings import NARROW, RTX, Options, Settings, check_for, make_settings
from modelwright.backends.written import MADE_FROM, Written
from modelwright.diagnostics import Diagnostic
from modelwright.errors import ArtifactInvalid, InternalError, UsageError
from modelwright.formats import ArtifactTensor, TensorSpec
from modelwright.hub import checker, io
from modelwright.hub.dtypes import dtype_name
from modelwright.hub.shapes import dims_of
from modelwright.passes.opset.change import change_opset
from modelwright.passes.precision.emulate import emulate
from modelwright.passes.precision.notices import narrowing_notices
from modelwright.passes.precision.safe import narrow_where_safe

_DTYPES: Final = {"fp16": ir.DataType.FLOAT16, "bf16": ir.DataType.BFLOAT16}
_TOLERANCE: Final = {"fp16": 1e-2, "bf16": 5e-2}
_QUANTIZED: Final = {"int8": (ir.DataType.INT8, ir.DataType.UINT8), "fp8": (ir.DataType.FLOAT8E4M3FN,)}
_ROUNDED: Final = f"{MADE_FROM}, in float32 with every number rounded to bfloat16,"
_BFLOAT16_SINCE: Final = 22
"""The opset that lets convolutions and pooling compute in bfloat16."""


def write(
    model: ir.Model, path: Path, *, python: Path | None, scratch: Path | None, **options: Unpack[Options]
) -> Written:
    """Builds an engine.

    Args:
        model: The model; it is changed.
        path: The engine to write.
        python: The interpreter with TensorRT; None for the running one.
        scratch: A folder for the ONNX files that the engine is made from.
        options: As the manifest declares them.

    Raises:
        UsageError: Options contradict each other or the model.
        UnsupportedError: TensorRT refuses layers.
        ConversionError: TensorRT cannot build an engine.
        ArtifactInvalid: The engine is not what was asked for.
        ToolError: TensorRT crashed.
    """
    if scratch is None:
        raise InternalError("the target tensorrt needs a folder for intermediate files")
    settings = make_settings(options)
    if settings.cut and settings.precision in NARROW:
        settings = replace(settings, keep_io_types=True)
    checker.check(model)
    job = _Job(model, settings, scratch)
    tool = TensorRt(settings, python)
    answer = tool.build(job.fed, path, *job.profiles)
    if answer is None:
        return job.planned(path)
    check_for(settings, answer.product, answer.framework)
    return job.cut(path, tool, answer) if answer.refusals else job.built(path, answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Interface:
    """Inputs and outputs before the precision was changed."""

    inputs: tuple[TensorSpec, ...]
    floats_in: tuple[str, ...]
    floats_out: tuple[str, ...]


class _Job:
    """One model on its way to an engine."""

    def __init__(self, model: ir.Model, settings: Settings, scratch: Path) -> None:
        self.settings, self.scratch = settings, scratch
        self.notices: list[Diagnostic] = []
        self.checks: list[str] = [checker.PHRASE]
        self._interface = _interface(model)
        self.profiles = _profiles(self._interface.inputs, settings)
        _check_quantized(model, settings.precision)
        legalize(model)
        self._rounds = settings.precision == "bf16" or any(node.op_type == "QuantizeLinear" for node in model.graph)
        if settings.precision in NARROW:
            self._narrow(model)
        self.fed = scratch / "model.onnx"
        io.save(model, self.fed)
        self._rounded = self._emulated(model) if settings.precision == "bf16" else None

    def _emulated(self, model: ir.Model) -> Path:
        """A model in float32 that rounds as the engine does, for ONNX Runtime has no kernels in bfloat16."""
        path = self.scratch / "rounded.onnx"
        emulate(model, ir.DataType.BFLOAT16)
        io.save(model, path)
        return path

    def _narrow(self, model: ir.Model) -> None:
        if self.settings.precision == "bf16" and model.graph.opset_imports.get("", 0) < _BFLOAT16_SINCE:
            change_opset(model, _BFLOAT16_SINCE)
        result, measured = narrow_where_safe(
            model,
            _DTYPES[self.settings.precision],
            keep=self.settings.fp32_layers,
            keep_io=self.settings.keep_io_types,
            shapes=usual_shapes(self._interface.inputs, self.profiles[-1]),
        )
        self.checks.append(f"{result.nodes} nodes compute in {self.settings.precision}, {len(result.kept)} in float32")
        self.notices += narrowing_notices(result, measured=measured)

    def built(self, path: Path, answer: Answer) -> Written:
        """The account of an engine that was built from the whole model."""
        self._check_built(path, answer, self.profiles)
        return Written(
            files=(path,),
            checks=tuple(self.checks),
            notices=tuple(self.notices),
            inputs=self._changed(self._interface.floats_in),
            outputs=self._changed(self._interface.floats_out),
            rtol=_TOLERANCE.get(self.settings.precision, 0.0),
            rounds_between_layers=self._rounds,
            stand_in=self._rounded or self.fed,
            stand_in_alike=self._rounded is None,
            stand_in_name=MADE_FROM if self._rounded is None else _ROUNDED,
        )

    def cut(self, path: Path, tool: TensorRt, answer: Answer) -> Written:
        """An engine of what is taken, and a remainder; or the error that names what is refused."""

        def attempt(file: Path) -> tuple[Refusal, ...]:
            profiles = self._profiles_of(file)
            said = tool.parse(file) if profiles is None else tool.build(file, self.scratch / "tried.engine", *profiles)
            return () if said is None else said.refusals

        refusals = all_refusals(self.fed, answer.refusals, attempt, self.scratch)
        names = [item.node for item in refusals if item.node]
        if len(names) < len(refusals) and not names:
            raise no_engine(answer.framework, refusals)
        if not self.settings.cut or len(names) < len(refusals):
            raise unsupported(answer.framework, refusals)
        parts = cut(self.fed, names, self.scratch)
        profiles = self._profiles_of(parts.engine) or self.profiles
        self._check_built(path, tool.build(parts.engine, path, *profiles) or answer, profiles)
        rest = path.with_name(f"{path.stem}.rest.onnx")
        io.save(io.load(parts.rest), rest)
        self.notices.append(cut_notice(parts, rest, refusals))
        chain = (parts.engine, parts.rest) if parts.engine_first else (parts.rest, parts.engine)
        return Written(
            files=(path, rest),
            checks=tuple(self.checks),
            notices=tuple(self.notices),
            rtol=_TOLERANCE.get(self.settings.precision, 0.0),
            stand_in=parts.engine,
            stand_in_chain=chain,
        )

    def _profiles_of(self, part: Path) -> tuple[Profile, ...] | None:
        """The profiles of a part of the model, or None where sizes of tensors inside the model are open."""
        specs = _interface(io.load(part)).inputs
        known = {spec.name for spec in specs}

        def kept(texts: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(text for text in texts if text.rpartition("[")[0] in known)

        settings = self.settings
        ranges = {name: kept(getattr(settings, name)) for name in ("smallest", "usual", "largest")}
        try:
            return _profiles(specs, replace(settings, **ranges))
        except UsageError:
            return None

    def _check_built(self, path: Path, answer: Answer, profiles: Sequence[Profile]) -> None:
        if answer.refusals:
            raise no_engine(answer.framework, answer.refusals)
        if answer.product == RTX:
            engine = read_engine(path)
            if engine.targets != self.settings.capabilities:
                raise ArtifactInvalid(f"{path}: the engine's header names other GPUs than were asked for")
            built_for = ", ".join(item.number for item in engine.targets)
            self.checks.append(f"{answer.framework} built it for {built_for}, as its header says")
        else:
            self.checks.append(f"{answer.framework} built it{' with known timings' if answer.timings else ''}")
        tuned = [profile.usual for profile in profiles if profile.usual]
        if len(tuned) == 1:
            sizes = ", ".join(f"{name} {list(shape)}" for name, shape in tuned[0].items())
            self.checks.append(f"tuned for {sizes}")
        elif tuned:
            self.checks.append(f"{len(tuned)} profiles, one for each gear")

    def planned(self, path: Path) -> Written:
        """What is needed to build the engine elsewhere."""
        folder = path.with_name(path.name + ".plan")
        folder.mkdir()
        model, build = folder / "model.onnx", folder / "build.sh"
        io.save(io.load(self.fed), model)
        words = trtexec.command(model.name, path.name, self.settings, self.profiles)
        build.write_text(trtexec.script(words), encoding="utf-8")
        build.chmod(0o755)
        lost = trtexec.without_a_flag(self.settings)
        self.notices += [lost_notice(lost)] if lost else []
        which = "TensorRT" if self.settings.product is None else f"TensorRT ({self.settings.product})"
        return Written(
            files=(build, model),
            checks=tuple(self.checks),
            notices=tuple(self.notices),
            rtol=_TOLERANCE.get(self.settings.precision, 0.0),
            inputs=self._changed(self._interface.floats_in),
            outputs=self._changed(self._interface.floats_out),
            rounds_between_layers=self._rounds,
            stand_in=self._rounded or model,
            stand_in_alike=self._rounded is None,
            stand_in_name=MADE_FROM if self._rounded is None else _ROUNDED,
            keep=folder / "expected.npz",
            planned=f"{which} is not installed; run {build.name} where it is, or `pip install tensorrt-rtx` "
            "to build here without a GPU, or name an interpreter that has it with --trt-python",
        )

    def _changed(self, names: tuple[str, ...]) -> tuple[ArtifactTensor, ...]:
        """Inputs or outputs that are narrower in the engine than in the hub."""
        if self.settings.precision not in NARROW or self.settings.keep_io_types:
            return ()
        dtype = dtype_name(_DTYPES[self.settings.precision])
        return tuple(ArtifactTensor(name=name, artifact=name, dtype=dtype) for name in names)


def _profiles(inputs: Sequence[TensorSpec], settings: Settings) -> tuple[Profile, ...]:
    """One profile for each gear, or the one that sizes were given for."""
    if settings.gears:
        return profiles_of_gears(inputs, settings.gears)
    return (make_profile(inputs, smallest=settings.smallest, usual=settings.usual, largest=settings.largest),)


def _interface(model: ir.Model) -> _Interface:
    graph = model.graph
    inputs = [value for value in graph.inputs if value.name not in graph.initializers]
    specs = tuple(
        TensorSpec(
            name=value.name or "",
            dtype=dtype_name(value.dtype),
            shape=dims_of(value.shape),
        )
        for value in inputs
    )
    return _Interface(
        inputs=specs,
        floats_in=tuple(value.name or "" for value in inputs if value.dtype == ir.DataType.FLOAT),
        floats_out=tuple(value.name or "" for value in graph.outputs if value.dtype == ir.DataType.FLOAT),
    )


def _check_quantized(model: ir.Model, precision: str) -> None:
    wanted = _QUANTIZED.get(precision)
    if wanted is None:
        return
    found = any(
        node.op_type == "DequantizeLinear" and node.inputs[0] is not None and node.inputs[0].dtype in wanted
        for node in model.graph
    )
    if not found:
        raise UsageError(
            f"--precision {precision}: nothing in the model is quantized to it",
            hint="give a model with QuantizeLinear and DequantizeLinear; its precision is then that of the graph",
        )
