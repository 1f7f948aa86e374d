"""Where the compiler is: in a toolkit that was named, on PATH, or where kits are usually installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelwright.backends.ascend.lite import LIBRARIES, PROGRAM
from modelwright.backends.ascend.settings import Tool
from modelwright.errors import ToolMissingError, UsageError

HOME_VARIABLE: Final = "MODELWRIGHT_ASCEND_HOME"
HOST_VARIABLE: Final = "MODELWRIGHT_ASCEND_HOST"
LITE_VARIABLES: Final = ("MODELWRIGHT_LITE_HOME", "LITE_HOME")
_TOOLKIT_VARIABLES: Final = ("ASCEND_TOOLKIT_HOME", "ASCEND_HOME_PATH", "ASCEND_HOME", "DDK_HOME")
_USUAL: Final = (
    "/usr/local/Ascend/ascend-toolkit",
    "/usr/local/Ascend/ascend-toolkit/latest",
    "/usr/local/Ascend/cann",
    "/usr/local/Ascend/latest",
    "~/Ascend/ascend-toolkit",
    "~/Ascend/ascend-toolkit/latest",
)
_PLACES: Final = ("bin", "compiler/bin", "atc/bin", "latest/bin", "latest/compiler/bin", "uihost/bin", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiler:
    """A compiler that can be started.

    Attributes:
        program: What is executed.
        set_env: The script that sets its environment, or None when it needs none or it is set.
        libraries: A folder of libraries that it needs, or None.
    """

    program: str
    set_env: Path | None = None
    libraries: Path | None = None


def find(tool: Tool, home: Path | None) -> Compiler | None:
    """The compiler on this machine, or None.

    Args:
        tool: Which one.
        home: The toolkit's folder or its ``set_env.sh`` that the user named; else ``$MODELWRIGHT_ASCEND_HOME``.

    Raises:
        ToolMissingError: A place was named where the tool is not.
    """
    if tool is Tool.LITE:
        return _find_lite(home)
    named = home or (Path(os.environ[HOME_VARIABLE]) if os.environ.get(HOME_VARIABLE) else None)
    if named is not None:
        found = _in(tool, named.expanduser())
        if found is None:
            raise ToolMissingError(
                f"{named}: there is no {tool} in this toolkit",
                hint=f"name the folder that set_env.sh and {tool} are in (--ascend_home or ${HOME_VARIABLE})",
            )
        return found
    on_path = shutil.which(tool.value)
    if on_path is not None:
        return Compiler(program=on_path)
    return next((found for folder in _usual() if (found := _in(tool, folder)) is not None), None)


def _find_lite(home: Path | None) -> Compiler | None:
    """``converter_lite``, with the script of the toolkit that it compiles with."""
    variables = [Path(os.environ[name]) for name in LITE_VARIABLES if os.environ.get(name)]
    set_env = next((found for folder in _usual() if (found := _set_env(folder)) is not None), None)
    for named in (home, *variables):
        folder = None if named is None else named.expanduser().absolute()
        if folder is not None and os.access(folder / PROGRAM, os.X_OK):
            return Compiler(program=str(folder / PROGRAM), set_env=set_env, libraries=folder / LIBRARIES)
    if home is not None:
        raise ToolMissingError(
            f"{home}: there is no {PROGRAM}",
            hint=f"name the folder of MindSpore Lite (--ascend_home or ${LITE_VARIABLES[0]})",
        )
    on_path = shutil.which(Tool.LITE.value)
    return None if on_path is None else Compiler(program=on_path, set_env=set_env)


def _usual() -> Iterator[Path]:
    for name in _TOOLKIT_VARIABLES:
        if os.environ.get(name):
            yield Path(os.environ[name])
    for place in _USUAL:
        yield Path(place).expanduser()


def _in(tool: Tool, home: Path) -> Compiler | None:
    """The compiler in a toolkit's folder; ``set_env.sh`` lies there or above."""
    folder = home.parent if home.is_file() else home
    script = home if home.is_file() else None
    for place in _PLACES:
        program = folder / place / tool.value
        if program.is_file() and os.access(program, os.X_OK):
            return Compiler(program=str(program.absolute()), set_env=script or _set_env(folder))
    return None


def _set_env(folder: Path) -> Path | None:
    candidates = (folder / "set_env.sh", folder.parent / "set_env.sh", folder / "latest" / "set_env.sh")
    return next((path.absolute() for path in candidates if path.is_file()), None)


def host(option: str | None) -> str | None:
    """The machine to compile on: the option, else ``$MODELWRIGHT_ASCEND_HOST``, else None for this one.

    Raises:
        UsageError: It is no name of a machine.
    """
    named = option or os.environ.get(HOST_VARIABLE) or None
    if named is not None and (named.startswith("-") or any(char.isspace() for char in named)):
        raise UsageError(f"ascend_host {named!r} is no host", hint="give user@host or a name of your ssh configuration")
    return named
