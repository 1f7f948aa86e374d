"""The compiler's command line, and the shell script that gives it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelwright.backends.ascend.rules import Case
from modelwright.backends.ascend.settings import SETTINGS, Tool
from modelwright.options import OptionKind

OUTPUT_STEM: Final = "model"
"""Name of the artifact without suffix, in the folder where the compiler runs."""

AIPP_FILE: Final = "insert_op_conf.cfg"
_SCRIPT: Final = """#!/bin/sh
# Compiles {model} for {chip}. Needs {tool} of Ascend's toolkit: set_env.sh is looked for if it is not on PATH.
# That script is written for bash, so this one continues in it where it is.
if [ -z "$BASH_VERSION" ] && command -v bash >/dev/null 2>&1; then exec bash "$0" "$@"; fi
cd "$(dirname "$0")" || exit 1
if ! command -v {tool} >/dev/null 2>&1; then
    for script in "${{ASCEND_TOOLKIT_HOME:-}}/set_env.sh" "${{ASCEND_TOOLKIT_HOME:-}}/../set_env.sh" \\
        /usr/local/Ascend/ascend-toolkit/set_env.sh /usr/local/Ascend/cann/set_env.sh \\
        "$HOME/Ascend/ascend-toolkit/set_env.sh"; do
        if [ -f "$script" ]; then . "$script"; break; fi
    done
fi
{command}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The files that the compiler is given, all in one folder.

    Attributes:
        model: The model's file.
        weight: Caffe's weights, or None.
        side: Files of settings by setting.
    """

    model: Path
    weight: Path | None
    side: dict[str, Path]


def arguments(case: Case, inputs: Inputs, settings: dict[str, str]) -> list[str]:
    """The arguments, without the program; files by their names alone.

    Args:
        case: What is compiled.
        inputs: The files.
        settings: The settings to give, ``input_shape``, ``input_format`` and ``out_nodes`` among them.
    """
    found = [f"--framework={case.framework}", f"--model={inputs.model.name}"]
    if inputs.weight is not None:
        found.append(f"--weight={inputs.weight.name}")
    found.append(f"--output={OUTPUT_STEM}")
    for setting in SETTINGS:
        if setting.name in settings:
            value = inputs.side[setting.name].name if setting.kind is OptionKind.FILE else settings[setting.name]
            found.append(f"--{setting.name}={value}")
    return found


def script(tool: Tool, chip: str, inputs: Inputs, given: Sequence[str]) -> str:
    """A script that compiles in the folder where it lies."""
    quoted = " \\\n    ".join(shlex.quote(item) for item in given)
    return _SCRIPT.format(tool=tool, chip=chip or "the kit's chip", model=inputs.model.name, command=f"{tool} {quoted}")
