"""Carries a plan out and writes the artifact with its report, both or neither.

An artifact that fails its verification stays, beside a report that says ``failed``, so that one can look at it; so does
one whose source could not be run by the tool that was named. After any other error nothing is left behind.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from modelwright.backends.manifests import BackendManifest
from modelwright.backends.written import Written
from modelwright.diagnostics import Diagnostic, ModelSummary, Report, Status, StepResult, Verification, WrittenFile
from modelwright.errors import CheckFailed, ModelwrightError, ToolError, VerificationFailed
from modelwright.formats import Format, TensorSpec
from modelwright.frontends.manifest import Imported, LoadRequest, frontend_for
from modelwright.hub.imports import defer_heavy_imports
from modelwright.hub.io_atomic import output_errors
from modelwright.pipeline.background import Background
from modelwright.pipeline.calibration_file import with_config
from modelwright.pipeline.describe import specs_of
from modelwright.pipeline.device_data import keep_device_data
from modelwright.pipeline.gear_data import compare_sizes
from modelwright.pipeline.improving import check_wanted_opset, improve
from modelwright.pipeline.measure import hashes_of, peak_memory, versions, written_file
from modelwright.pipeline.observer import Observer, Silent
from modelwright.pipeline.plan import Plan, emitted_opset, plan, quantizes, verifies
from modelwright.pipeline.recipe import Recipe, target_of, target_python
from modelwright.pipeline.report import CALIBRATION, error_data, report_json, report_path
from modelwright.pipeline.settling import check_output, settle
from modelwright.pipeline.workspace import Workspace

if TYPE_CHECKING:
    from modelwright.pipeline.quantizing import QuantizedModel
    from modelwright.quantize.data.function import Trust
    from modelwright.verify.runners.isolated import IsolatedRuntime


def run(
    recipe: Recipe,
    *,
    observer: Observer | None = None,
    runtime: IsolatedRuntime | None = None,
    trust: Trust | None = None,
) -> Report:
    """Converts as ``recipe`` says and writes the artifact and its report.

    Args:
        recipe: What to do; paths relative to the working directory.
        observer: Hears of the progress.
        runtime: Where the artifact is loaded and run; by default in this process.
        trust: Whether Python files that the recipe names may be run.

    Raises:
        ModelwrightError: One of its classes; ``.report`` tells how far the run came.
    """
    job = with_config(recipe)
    run_ = _Run(settle(job.recipe), observer or Silent(), runtime, trust)
    run_.diagnostics.extend(job.remarks)
    try:
        return run_.execute()
    except ModelwrightError as error:
        if error.report is None:
            error.report = run_.report(Status.FAILED, error=error)
        raise


class _Run:
    """One run in progress: what is known so far."""

    def __init__(
        self, recipe: Recipe, observer: Observer, runtime: IsolatedRuntime | None, trust: Trust | None
    ) -> None:
        self.recipe = recipe
        self.trust = trust
        self.quantized: QuantizedModel | None = None
        self.runtime = runtime
        self.plan: Plan = plan(recipe)
        self.observer = observer
        self.output = Path(recipe.output.path)
        self.steps: list[StepResult] = []
        self.diagnostics: list[Diagnostic] = []
        self.source: ModelSummary | None = None
        self.artifact: ModelSummary | None = None
        self.files: Background[tuple[WrittenFile, ...]] | None = None
        self.inputs: Background[dict[str, str]] | None = None
        self.versions: Background[dict[str, str]] | None = None
        self.verification: Verification | None = None

    def execute(self) -> Report:
        defer_heavy_imports()
        with Workspace() as workspace:
            try:
                failure = self._steps(workspace)
            except ModelwrightError as error:
                error.message = workspace.final_terms(error.message)
                if self.files is not None:
                    self.files.result()  # while the file is still there
                raise
            report = self.report(self._status(failure), error=failure)
            stored = report_path(self.output)
            with output_errors(stored):
                workspace.stage(stored).write_text(report_json(report), encoding="utf-8")
            workspace.publish()
        if failure is not None:
            failure.report = report
            raise failure
        return report

    def _steps(self, workspace: Workspace) -> ModelwrightError | None:
        """Everything up to the verdict; gives the error that the run ends with although the artifact stays."""
        staged = workspace.stage(self.output)
        workspace.stage(report_path(self.output))
        imported = self._import(workspace)
        improve(self.recipe, imported.model, self._step)
        imported, refused = self._quantize(imported, workspace)
        refused = refused or self._ask(imported, workspace)
        if refused is not None:
            return refused
        hub = specs_of(imported.model)
        written = self._export(imported, staged, workspace)
        failure = self._verify(imported, written, hub)
        if failure is not None:
            failure.message = workspace.final_terms(failure.message)
        if self.verification is not None:
            reason = workspace.final_terms(self.verification.reason)
            self.verification = dataclasses.replace(self.verification, reason=reason)
        return failure

    def report(self, status: Status, *, error: ModelwrightError | None) -> Report:
        """The report on what has been done so far."""
        return Report(
            status=status,
            recipe=self.recipe.portable(self.output.parent),
            plan=tuple(self.plan.data()),
            source=self.source,
            artifact=self.artifact,
            files=() if self.files is None else self.files.result(),
            inputs=self._read(),
            steps=tuple(self.steps),
            diagnostics=tuple(self.diagnostics),
            verification=self.verification,
            versions=versions() if self.versions is None else self.versions.result(),
            error=None if error is None else error_data(error),
            peak_memory_bytes=peak_memory(),
        )

    def _read(self) -> dict[str, str]:
        """SHA-256 of what was read: of each file of the source, and of the calibration data as a whole."""
        found = {} if self.inputs is None else self.inputs.result()
        data = None if self.quantized is None else self.quantized.data
        return found if data is None else {**found, CALIBRATION: data.result()}

    def _status(self, failure: ModelwrightError | None) -> Status:
        if failure is not None or self.verification is None:
            return Status.FAILED
        return self.verification.status

    def _import(self, workspace: Workspace) -> Imported:
        check_wanted_opset(self.recipe)
        source = Format(self.recipe.source.format)
        frontend = frontend_for(source)
        needed = frontend.interpreter
        python = None if needed is None else self.recipe.verify.interpreter(needed.name)
        request = LoadRequest(
            path=Path(self.recipe.source.path),
            format=source,
            options=self.recipe.options,
            opset=emitted_opset(self.recipe),
            python=None if python is None else Path(python),
            scratch=workspace.scratch(),
        )
        with self._step("import") as done:
            imported = frontend.load(request)
            check_output(self.output, imported.files)
            for side in imported.side_files:
                side.write(workspace.stage(Path(self.recipe.options[side.option])))
            self.inputs = Background(lambda: hashes_of(imported.files, request.path))
            done.extend(imported.done)
        self.source = imported.summary
        self.diagnostics.extend(imported.notices)
        return imported

    def _quantize(self, imported: Imported, workspace: Workspace) -> tuple[Imported, CheckFailed | None]:
        """Quantizes the model, if the target takes it; the source's own forms stay float, and none is compiled then."""
        if not quantizes(self.recipe):
            return imported, None
        from modelwright.pipeline import precheck
        from modelwright.pipeline.quantizing import quantize_model, run_key

        imported = dataclasses.replace(imported, originals=())
        refused = precheck.refused_early(self.recipe, target_of(self.recipe), imported, workspace.stage)
        if refused:
            return imported, refused
        with self._step("quantize") as done:
            key = partial(run_key, self.plan, self.inputs)
            self.quantized = quantize_model(
                self.recipe, imported.model, workspace=workspace, observer=self.observer, trust=self.trust, key=key
            )
            done.extend(self.quantized.phrases)
            self.diagnostics.extend(self.quantized.remarks)
        return imported, None

    def _ask(self, imported: Imported, workspace: Workspace) -> CheckFailed | None:
        """Asks the target's table and rules, where a vendor's compiler comes next; gives the error if they say no."""
        backend = target_of(self.recipe)
        if backend.prepare is None:
            return None
        from modelwright.pipeline import precheck

        with self._step("check") as done:
            report = precheck.ask(self.recipe, backend, imported)
            if report is None:
                return None
            done.extend(report.evidence)
            self.diagnostics.extend(precheck.remarks(report))
            return precheck.refused(report, self.output, workspace.stage)

    def _export(self, imported: Imported, staged: Path, workspace: Workspace) -> Written:
        backend = target_of(self.recipe)
        with self._step("export") as done:
            written = backend.write(
                imported.model,
                staged,
                self.recipe.output.options,
                python=target_python(self.recipe, backend),
                scratch=workspace.scratch() if backend.scratch else None,
                originals=imported.originals,
            )
            self.diagnostics.extend(written.notices)
            done.extend(written.checks)
            if not written.planned:
                self.files = Background(lambda: self._written(written, staged.parent))
                self._look_at(staged, written, backend)
        return written

    def _look_at(self, staged: Path, written: Written, backend: BackendManifest) -> None:
        """What the artifact holds; ONNX begins to load in the other process meanwhile."""
        from modelwright.pipeline.describe import describe_artifact

        if self.quantized is not None and self.quantized.runs_here(written.files):
            self.runtime = None
        if self.runtime is not None and backend.name == Format.ONNX.value:
            self.runtime.expect(staged)
        self.artifact = describe_artifact(staged, backend)

    def _written(self, written: Written, folder: Path, *more: Path) -> tuple[WrittenFile, ...]:
        kept = [] if written.keep is None or not written.keep.exists() else [written.keep]
        return tuple(written_file(path, folder) for path in dict.fromkeys([*written.files, *kept, *more]))

    def _verify(self, imported: Imported, written: Written, hub: Mapping[str, TensorSpec]) -> ModelwrightError | None:
        """Verifies; gives the error that says the artifact failed or could not be compared as asked."""
        failure = self._compare(imported, written, hub)
        keeps = failure is None and verifies(self.recipe)
        kept = keep_device_data(written, seed=self.recipe.verify.seed) if keeps else ()
        more, failure = compare_sizes(self.recipe, imported, written, self._step) if keeps else ((), failure)
        if written.planned or kept:
            files = self._written(written, written.files[0].parents[bool(written.planned)], *kept, *more)
            self.files = Background(lambda: files)
        return failure

    def _compare(self, imported: Imported, written: Written, hub: Mapping[str, TensorSpec]) -> ModelwrightError | None:
        from modelwright.pipeline.artifact import advice, left_out, verify_written

        if not verifies(self.recipe):
            self.verification = left_out(written)
            return None
        self.versions = Background(versions)  # while another process runs the artifact
        with self._step("verify") as done:
            try:
                self.verification = verify_written(
                    self.recipe, imported, written, hub=hub, runtime=self.runtime, quantized=self.quantized
                )
            except (ToolError, VerificationFailed) as error:
                return error
            done.append(self.verification.method)
        if self.verification.status is Status.FAILED:
            return VerificationFailed(self.verification.reason, hint=advice(written, self.quantized, self.output))
        return None

    @contextmanager
    def _step(self, name: str) -> Generator[list[str]]:
        done: list[str] = []
        self.observer.begin(name)
        started = time.perf_counter()
        try:
            yield done
        finally:
            self.observer.end(name)
            self.steps.append(StepResult(name=name, summary=tuple(done), seconds=time.perf_counter() - started))
