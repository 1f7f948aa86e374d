"""Compiles a package and believes that it succeeded only when exit code, log and artifact agree."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelwright.backends.ascend.artifact import check_artifact
from modelwright.backends.ascend.driver import Ran, compile_here, compile_there
from modelwright.backends.ascend.environment import Compiler
from modelwright.backends.ascend.job import Job
from modelwright.backends.ascend.log import failure, succeeded
from modelwright.backends.ascend.package import Package
from modelwright.errors import ModelwrightError, ToolError, WorkerTimeoutError
from modelwright.workers.protocol import log_tail


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A compilation that succeeded.

    Attributes:
        artifact: The file, in the package's folder.
        log: Everything the compiler printed.
        checks: What was checked, a phrase each.
    """

    artifact: Path
    log: str
    checks: tuple[str, ...]


def compile_package(job: Job, package: Package, place: Compiler | str, names: Mapping[str, str]) -> Compiled:
    """Runs the compiler and holds what it leaves against what was asked for.

    Args:
        job: What is compiled.
        package: The files.
        place: The compiler on this machine, or the name of another machine.
        names: The source's name of each node, where it is another one.

    Raises:
        UserError: The compiler refuses the model or a setting.
        ToolError: It is not there, fails, or takes too long.
        ArtifactInvalid: What it left is not what was asked for.
    """
    ran = _run(job, package, place)
    try:
        artifact = _accepted(job, ran, names)
        phrase = check_artifact(artifact, job)
    except ModelwrightError as error:
        error.hint = "; ".join(part for part in (error.hint, f"its whole log is {_kept(ran.log)}") if part)
        raise
    if not any(name in job.settings for name in _LEAVE_MORE):
        _tidy(package, artifact)
    where = f" on {place}" if isinstance(place, str) else ""
    return Compiled(artifact=artifact, log=ran.log, checks=(f"{job.options.tool}{where} succeeded", phrase))


_LEAVE_MORE: Final = ("op_debug_level", "save_original_model", "debug_dir")
"""Settings for which the compiler leaves files that are wanted."""


def _tidy(package: Package, artifact: Path) -> None:
    """Removes what the compiler leaves besides the artifact: compiled operators, lists of fusions."""
    wanted = {artifact, *package.files}
    for path in sorted(package.folder.iterdir()):
        if path in wanted:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _run(job: Job, package: Package, place: Compiler | str) -> Ran:
    options = job.options
    if isinstance(place, str):
        return compile_there(
            place,
            package.needed,
            package.script,
            package.folder,
            artifact=job.artifact_name,
            home=options.home,
            timeout=options.timeout,
        )
    try:
        return compile_here(
            place, package.arguments, package.folder, artifact=job.artifact_name, timeout=options.timeout
        )
    except WorkerTimeoutError as error:
        raise WorkerTimeoutError(
            f"{options.tool} took more than {options.timeout} s", hint="allow more: --ascend_timeout SECONDS"
        ) from error


def _accepted(job: Job, ran: Ran, names: Mapping[str, str]) -> Path:
    """The artifact of a compilation of which exit code, log and files all say that it succeeded."""
    tool, said = job.options.tool, succeeded(job.options.tool, ran.log)
    if ran.code == 0 and not said:
        raise ToolError(
            f"{tool} ended with exit code 0 but does not say that it succeeded{log_tail(ran.log)}",
            hint="see whether this is the compiler",
        )
    if ran.code != 0:
        raise failure(tool, ran.log, ran.code, names)
    if ran.artifact is None:
        raise ToolError(f"{tool} says that it succeeded but left no {job.artifact_name}{log_tail(ran.log)}")
    return ran.artifact


def _kept(log: str) -> Path:
    """A file with the log that stays when everything else of a failed run goes."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="modelwright-", suffix=".compiler.log", encoding="utf-8", delete=False
    ) as file:
        file.write(log)
    return Path(file.name)
