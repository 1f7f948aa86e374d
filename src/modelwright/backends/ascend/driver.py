"""Runs the compiler in a worker: on this machine, or on another one over ssh."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from modelwright import workers
from modelwright.backends.ascend.command import OUTPUT_STEM
from modelwright.backends.ascend.environment import Compiler
from modelwright.errors import ToolError, ToolMissingError
from modelwright.workers.protocol import log_tail
from modelwright.workers.runner import run_worker

_ENTRY: Final = Path(workers.__path__[0]) / "entry" / "command_run.py"
_SOURCED: Final = '. "$0" >/dev/null 2>&1; exec "$@"'
_WITH_LIBRARIES: Final = 'LD_LIBRARY_PATH="$0:${LD_LIBRARY_PATH:-}"; export LD_LIBRARY_PATH; exec "$@"'
_SSH: Final = ("ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=20")
_SCP: Final = ("scp", "-q", "-o", "BatchMode=yes", "-o", "ConnectTimeout=20")
_GRACE: Final = 60
_NOT_FOUND: Final = 127
_TIMED_OUT: Final = 124
SSH_FAILED: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A compilation that came to an end.

    Attributes:
        code: The compiler's exit code.
        log: Everything it printed.
        artifact: The file that it left, or None.
    """

    code: int
    log: str
    artifact: Path | None


def compile_here(
    compiler: Compiler, arguments: Sequence[str], folder: Path, *, artifact: str = f"{OUTPUT_STEM}.om", timeout: int
) -> Ran:
    """Compiles on this machine.

    Args:
        compiler: The program.
        arguments: Its arguments.
        folder: Where the files lie and the artifact goes.
        artifact: Name of the artifact.
        timeout: Seconds it may take.

    Raises:
        ToolMissingError: It cannot be started.
        ToolError: It ended without an answer, or took too long.
    """
    argv = [compiler.program, *arguments]
    if compiler.libraries is not None:
        argv = ["sh", "-c", _WITH_LIBRARIES, str(compiler.libraries), *argv]
    if compiler.set_env is not None:
        argv = ["bash", "-c", _SOURCED, str(compiler.set_env), *argv]
    (result,) = _run([_step(argv, cwd=folder)], timeout=timeout)
    return Ran(code=result["code"], log=result["output"], artifact=artifact_in(folder, artifact))


def compile_there(
    host: str,
    files: Sequence[Path],
    script: Path,
    folder: Path,
    *,
    artifact: str = f"{OUTPUT_STEM}.om",
    home: Path | None,
    timeout: int,
) -> Ran:
    """Compiles on another machine: copies the files there, runs the script, copies the artifact back.

    Args:
        host: The machine, as ``ssh`` takes it; its keys must let us in without a question.
        files: What the compiler needs, the script not among them.
        script: The script that compiles, run by ``sh`` in the folder of the files.
        folder: Where the artifact goes.
        artifact: Name of the artifact.
        home: The toolkit's folder there, or None for the script to look for it.
        timeout: Seconds that the compilation may take.

    Raises:
        ToolMissingError: ``ssh`` or ``scp`` is not here, or the compiler not there.
        ToolError: The machine cannot be reached, files cannot be copied, or it took too long.
    """
    place = f"/tmp/modelwright-{secrets.token_hex(8)}"  # noqa: S108  made with mode 700, fails if it is there
    stem, suffix = artifact.rsplit(".", 1)
    command = f"cd {place} && {_toolkit(home, script)}timeout {timeout} sh ./{shlex.quote(script.name)}"
    steps = [
        _step([*_SSH, host, f"mkdir -m 700 {place}"]),
        _step([*_SCP, *(str(path) for path in (*files, script)), f"{host}:{place}/"]),
        _step([*_SSH, host, command]),
        _step([*_SCP, f"{host}:{place}/{stem}*.{suffix}", f"{folder}/"]),
        _step([*_SSH, host, f"rm -rf {place}"], always=True),
    ]
    made, copied, ran, fetched, _ = _run(steps, timeout=timeout + 4 * _GRACE)
    for result, what in ((made, "reach"), (copied, "copy the files to")):
        if result is None or result["code"] != 0:
            raise _unreachable(host, what, result)
    if ran["code"] == _NOT_FOUND:
        raise ToolMissingError(
            f"the compiler is not on {host}{log_tail(ran['output'])}",
            hint="name the toolkit's folder there with --ascend_home",
        )
    if ran["code"] == SSH_FAILED:
        raise _unreachable(host, "reach", ran)
    if ran["code"] == _TIMED_OUT:
        raise ToolError(f"the compiler on {host} took more than {timeout} s", hint="allow more: --ascend_timeout")
    if ran["code"] == 0 and (fetched is None or fetched["code"] != 0):
        raise _unreachable(host, f"copy {artifact} from", fetched)
    return Ran(code=ran["code"], log=ran["output"], artifact=artifact_in(folder, artifact))


def artifact_in(folder: Path, name: str = f"{OUTPUT_STEM}.om") -> Path | None:
    """The file that the compiler left: of the name it was given, else with system and processor in its name."""
    exact = folder / name
    if exact.is_file():
        return exact
    return next(iter(sorted(folder.glob(f"{exact.stem}_*{exact.suffix}"))), None)


def _toolkit(home: Path | None, script: Path) -> str:
    """What sets the environment there; the script for ``converter_lite`` looks for toolkits itself."""
    if home is None:
        return ""
    place = home.as_posix()
    if "LITE_HOME" in script.read_text(encoding="utf-8"):
        return f"LITE_HOME={shlex.quote(place)} "
    set_env = place if place.endswith(".sh") else f"{place}/set_env.sh"
    return f". {shlex.quote(set_env)} >/dev/null 2>&1; "


def _step(argv: Sequence[str], *, cwd: Path | None = None, always: bool = False) -> dict[str, Any]:
    return {"argv": list(argv), "cwd": None if cwd is None else str(cwd.absolute()), "always": always}


def _run(steps: Sequence[dict[str, Any]], *, timeout: int) -> list[Any]:
    reply = run_worker(_ENTRY, {"steps": list(steps)}, timeout=timeout)
    if reply.fault is not None:
        raise ToolMissingError(f"cannot be started: {reply.fault.message}", hint="install it, or check the path")
    return reply.data["steps"]


def _unreachable(host: str, what: str, result: dict[str, Any] | None) -> ToolError:
    return ToolError(
        f"cannot {what} {host}{log_tail(result['output'] if result else '')}",
        hint=f"`ssh -o BatchMode=yes {host} true` must work without a question",
    )
