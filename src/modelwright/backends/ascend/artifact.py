"""Whether what the compiler left is the artifact that was wanted: readable, for the chip, with the model's inputs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from modelwright.backends.ascend.job import Job
from modelwright.backends.ascend.om.summary import GEAR_INPUT, summarize
from modelwright.diagnostics import ModelSummary
from modelwright.errors import ArtifactInvalid, ModelFormatError
from modelwright.formats import TensorSpec, format_shape
from modelwright.schemas.mindir_file import inputs_of, read_mindir

_ADDED = (GEAR_INPUT, "ascend_dynamic_aipp_data")
"""Inputs that the compiler adds."""


def check_artifact(path: Path, job: Job) -> str:
    """Holds the compiler's file against what was compiled.

    Args:
        path: The file.
        job: What was compiled.

    Returns:
        A phrase that says what was checked.

    Raises:
        ArtifactInvalid: It cannot be read, or its inputs are not the model's; all that differs is named.
    """
    try:
        summary = _summary(path)
    except ModelFormatError as error:
        raise ArtifactInvalid(f"the compiler's result cannot be read: {error.message}", hint=error.hint) from error
    differences = list(_differences(summary, job))
    if differences:
        raise ArtifactInvalid(
            f"{path}: the compiler's result is not what was asked for: {'; '.join(differences)}",
            hint="see the compiler's log",
        )
    return f"readable {path.suffix} of {len(summary.inputs)} inputs for {job.options.chip or 'the kit'}"


def _summary(path: Path) -> ModelSummary:
    """What the file holds; of a ``.mindir`` its inputs are all that counts here."""
    if path.suffix != ".mindir":
        return summarize(path)
    graph = read_mindir(path).graph
    return ModelSummary(
        format="MindIR",
        inputs=inputs_of(graph),
        outputs=(),
        operators={},
        parameters=0,
        weight_bytes=0,
        file_bytes=path.stat().st_size,
    )


def _differences(summary: ModelSummary, job: Job) -> Iterator[str]:
    if not summary.weights_known:
        yield "it is encrypted"
        return
    chip = str(summary.details.get("chip", ""))
    if chip and job.options.chip and chip != job.options.chip:
        yield f"it is for {chip}, not {job.options.chip}"
    found = {spec.name: spec for spec in summary.inputs if not spec.name.startswith(_ADDED)}
    wanted = [port.artifact for port in job.inputs]
    missing = [name for name in wanted if name not in found]
    if missing:
        yield f"it has no input {', '.join(missing)} (it has {', '.join(found) or 'none'})"
    surplus = [name for name in found if name not in wanted]
    if surplus:
        yield f"it has an input {', '.join(surplus)} that the model does not have"
    for shape in job.images.compiled_shapes(job.shapes):
        sizes = tuple(dim if isinstance(dim, int) and dim > 0 else None for dim in shape.dims)
        if shape.name in found and shape.name != job.images.input_name and not _fits(found[shape.name], sizes):
            yield f"its input {shape.name} is {format_shape(found[shape.name].shape)}, not {format_shape(sizes)}"


def _fits(spec: TensorSpec, wanted: tuple[int | None, ...]) -> bool:
    """Whether a shape may be the one that was asked for: open sizes and the chip's own layouts say nothing."""
    if spec.shape is None or len(spec.shape) != len(wanted):
        return True
    pairs = zip(spec.shape, wanted, strict=True)
    return all(have == want for have, want in pairs if isinstance(have, int) and want is not None)
