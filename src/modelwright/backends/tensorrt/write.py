"""Builds an engine from the hub, or leaves what is needed to build it elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Unpack

import onnx_ir as ir

from modelwright.backends.tensorrt import trtexec
from modelwright.backends.tensorrt.build import Answer, Refusal, TensorRt
from modelwright.backends.tensorrt.cut import cut
from modelwright.backends.tensorrt.engine_file import read_engine
from modelwright.backends.tensorrt.interface import Interface, check_shapes, interface_of
from modelwright.backends.tensorrt.legalize import legalize
from modelwright.backends.tensorrt.narrowing import DTYPES, Narrowing, narrowed, rounded
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

_TOLERANCE: Final = {"fp16": 1e-2, "bf16": 5e-2}
_QUANTIZED: Final = {"int8": (ir.DataType.INT8, ir.DataType.UINT8), "fp8": (ir.DataType.FLOAT8E4M3FN,)}
_ROUNDED: Final = f"{MADE_FROM}, in float32 with every number rounded to bfloat16,"


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


class _Job:
    """One model on its way to an engine."""

    def __init__(self, model: ir.Model, settings: Settings, scratch: Path) -> None:
        self.settings, self._scratch = settings, scratch
        self._notices: list[Diagnostic] = []
        self._checks: list[str] = [checker.PHRASE]
        self._interface = interface_of(model)
        self.profiles = _profiles(self._interface.inputs, settings)
        _check_quantized(model, settings.precision)
        legalize(model)
        self._rounds = settings.precision == "bf16" or any(node.op_type == "QuantizeLinear" for node in model.graph)
        self.fed = scratch / "model.onnx"
        self._wide: Path | None = None
        self._narrowing: Narrowing | None = None
        if settings.precision in NARROW:
            self._keep_wide(model)
            self._narrow(model)
        else:
            io.save(model, self.fed)
        bf16 = settings.precision == "bf16"
        self._rounded = rounded(self.fed, scratch / "rounded.onnx") if bf16 else None

    def _keep_wide(self, model: ir.Model) -> None:
        """The model in float32, of which the remainder beside an engine is made."""
        if self.settings.cut:
            self._wide = self._scratch / "wide.onnx"
            io.save(model, self._wide)

    def _narrow(self, model: ir.Model, beside: Collection[str] = ()) -> None:
        """Writes what is fed to TensorRT in the precision that was asked for; ``beside`` stays float32."""
        shapes = usual_shapes(self._interface.inputs, self.profiles[-1])
        self._narrowing = narrowed(model, self.settings, shapes, beside)
        io.save(model, self.fed)

    def built(self, path: Path, answer: Answer) -> Written:
        """The account of an engine that was built from the whole model."""
        self._check_built(path, answer, self.profiles, self._interface)
        return Written(
            files=(path,),
            checks=self._all_checks(),
            notices=self._all_notices(),
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
            said = tool.parse(file) if profiles is None else tool.build(file, self._scratch / "tried.engine", *profiles)
            return () if said is None else said.refusals

        refusals = all_refusals(self.fed, answer.refusals, attempt, self._scratch)
        names = [item.node for item in refusals if item.node]
        if len(names) < len(refusals) and not names:
            raise no_engine(answer.framework, refusals)
        if not self.settings.cut or len(names) < len(refusals):
            raise unsupported(answer.framework, refusals)
        parts = cut(self.fed, names, self._scratch)
        if self._wide is not None:
            self._narrow(io.load(self._wide), {node.name or "" for node in io.load(parts.rest).graph})
            parts = cut(self.fed, names, self._scratch)
        profiles = self._profiles_of(parts.engine) or self.profiles
        interface = interface_of(io.load(parts.engine))
        self._check_built(path, tool.build(parts.engine, path, *profiles) or answer, profiles, interface)
        rest = path.with_name(f"{path.stem}.rest.onnx")
        io.save(io.load(parts.rest), rest)
        self._notices.append(cut_notice(parts, rest, refusals))
        bf16 = self._rounded is not None
        engine = rounded(parts.engine, self._scratch / "engine_rounded.onnx") if bf16 else parts.engine
        return Written(
            files=(path, rest),
            checks=self._all_checks(),
            notices=self._all_notices(),
            rtol=_TOLERANCE.get(self.settings.precision, 0.0),
            rounds_between_layers=self._rounds,
            stand_in=engine,
            stand_in_chain=(engine, parts.rest) if parts.engine_first else (parts.rest, engine),
            stand_in_name=_ROUNDED if bf16 else MADE_FROM,
        )

    def _profiles_of(self, part: Path) -> tuple[Profile, ...] | None:
        """The profiles of a part of the model, or None where sizes of tensors inside the model are open."""
        specs = interface_of(io.load(part)).inputs
        known = {spec.name for spec in specs}

        def kept(texts: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(text for text in texts if text.rpartition("[")[0] in known)

        settings = self.settings
        ranges = {name: kept(getattr(settings, name)) for name in ("smallest", "usual", "largest")}
        try:
            return _profiles(specs, replace(settings, **ranges))
        except UsageError:
            return None

    def _check_built(self, path: Path, answer: Answer, profiles: Sequence[Profile], given: Interface) -> None:
        if answer.refusals:
            raise no_engine(answer.framework, answer.refusals)
        check_shapes(given, answer)
        if answer.product == RTX:
            engine = read_engine(path)
            if engine.targets != self.settings.capabilities:
                raise ArtifactInvalid(f"{path}: the engine's header names other GPUs than were asked for")
            built_for = ", ".join(item.number for item in engine.targets)
            self._checks.append(f"{answer.framework} built it for {built_for}, as its header says")
        else:
            self._checks.append(f"{answer.framework} built it{' with known timings' if answer.timings else ''}")
        tuned = [profile.usual for profile in profiles if profile.usual]
        if len(tuned) == 1:
            sizes = ", ".join(f"{name} {list(shape)}" for name, shape in tuned[0].items())
            self._checks.append(f"tuned for {sizes}")
        elif tuned:
            self._checks.append(f"{len(tuned)} profiles, one for each gear")

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
        self._notices += [lost_notice(lost)] if lost else []
        which = "TensorRT" if self.settings.product is None else f"TensorRT ({self.settings.product})"
        return Written(
            files=(build, model),
            checks=self._all_checks(),
            notices=self._all_notices(),
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

    def _all_checks(self) -> tuple[str, ...]:
        first, *others = self._checks
        return (first, *([self._narrowing.check] if self._narrowing else []), *others)

    def _all_notices(self) -> tuple[Diagnostic, ...]:
        return (*(self._narrowing.notices if self._narrowing else ()), *self._notices)

    def _changed(self, names: tuple[str, ...]) -> tuple[ArtifactTensor, ...]:
        """Inputs or outputs that are narrower in the engine than in the hub."""
        if self.settings.precision not in NARROW or self.settings.keep_io_types:
            return ()
        dtype = dtype_name(DTYPES[self.settings.precision])
        return tuple(ArtifactTensor(name=name, artifact=name, dtype=dtype) for name in names)


def _profiles(inputs: Sequence[TensorSpec], settings: Settings) -> tuple[Profile, ...]:
    """One profile for each gear, or the one that sizes were given for."""
    if settings.gears:
        return profiles_of_gears(inputs, settings.gears)
    return (make_profile(inputs, smallest=settings.smallest, usual=settings.usual, largest=settings.largest),)


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
