"""The sizes that an artifact was made for, each compared with the source, with data for checking it on the device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from modelwright.backends.written import Sizes, Written
from modelwright.diagnostics import Status, Verification
from modelwright.errors import ArtifactInvalid, InternalError, ModelwrightError, VerificationFailed
from modelwright.frontends.manifest import Imported
from modelwright.hub.io_atomic import output_errors
from modelwright.pipeline.device_data import write_raw
from modelwright.pipeline.improving import Step
from modelwright.pipeline.recipe import Recipe
from modelwright.pipeline.verification import source_runner

if TYPE_CHECKING:
    import numpy as np

    from modelwright.formats import TensorSpec
    from modelwright.verify.runners.runner import Runner, Timed

ARRAYS = "arrays.npz"
"""Name, in the folder of one size, of the file with all arrays."""


class _AtSizes:
    """A runner whose inputs have certain sizes, and which is run once."""

    def __init__(self, runner: Runner, run: Callable[..., dict[str, np.ndarray]], shapes: Sizes) -> None:
        self.label, self.outputs, self._run = runner.label, runner.outputs, run
        self.inputs: tuple[TensorSpec, ...] = tuple(
            replace(spec, shape=shapes.shapes.get(spec.name, spec.shape)) for spec in runner.inputs
        )

    def timed(self, arrays: Mapping[str, np.ndarray]) -> Timed:
        """What one run gives."""
        from modelwright.verify.runners.runner import Timed

        return Timed(outputs=self._run(arrays), milliseconds=None)


def compare_sizes(
    recipe: Recipe, imported: Imported, written: Written, step: Step
) -> tuple[tuple[Path, ...], ModelwrightError | None]:
    """Compares all further sizes, and keeps their inputs and outputs.

    Args:
        recipe: The settled recipe.
        imported: The source as imported.
        written: What the backend wrote.
        step: Begins a step.

    Returns:
        The files that were written; and the error that says in which size the model does not run or computes something
        else than the source.

    Raises:
        OutputError: A file cannot be written.
    """
    files: list[Path] = []
    found: list[Verification] = []
    if not written.sizes:
        return (), None
    with step("gears") as done:
        try:
            for sizes, sized in _sized(written):
                folder = _folder(written, sizes)
                found.append(_compared(recipe, imported, written, sized, folder / ARRAYS))
                if found[-1].status is Status.FAILED:
                    hint = "give the gears that the model can compute"
                    return tuple(files), VerificationFailed(f"{_spoken(sizes)}: {found[-1].reason}", hint=hint)
                files += [folder / ARRAYS, *write_raw(written, folder / ARRAYS, folder)]
        except ArtifactInvalid as error:
            return tuple(files), error
        compared = sum(item.status is Status.VERIFIED for item in found)
        how = "compared, too" if compared == len(found) else f"run, {compared} of them compared"
        done.append(f"{len(found)} further gears {how}")
    return tuple(files), None


def _sized(written: Written) -> Iterator[tuple[Sizes, _AtSizes]]:
    from modelwright.verify.runners.onnxruntime import load_leniently

    if written.open_model is not None and written.raw is not None:
        runner = load_leniently(written.open_model)
        for sizes in written.sizes:
            yield sizes, _AtSizes(runner, runner.run, sizes)


def _folder(written: Written, sizes: Sizes) -> Path:
    if written.raw is None:
        raise InternalError("there is no folder for data of several sizes")
    folder = written.raw / sizes.name
    with output_errors(folder):
        folder.mkdir(parents=True)
    return folder


def _compared(recipe: Recipe, imported: Imported, written: Written, sized: Runner, keep: Path) -> Verification:
    from modelwright.verify.verify import verify_artifact

    settings = recipe.verify
    return verify_artifact(
        keep,
        source=source_runner(recipe, imported),
        rtol=max(settings.rtol, written.rtol),
        atol=settings.atol,
        seed=settings.seed,
        load=partial(_ready, sized),
        keep=keep,
    )


def _ready(runner: Runner, path: Path) -> Runner:
    """The model is loaded once for all sizes."""
    del path
    return runner


def _spoken(sizes: Sizes) -> str:
    shapes = ", ".join(f"{name} {list(shape)}" for name, shape in sizes.shapes.items())
    return f"gear {shapes}"
