"""``converter_lite`` of MindSpore Lite: its configuration file, its command line, and the script that gives both."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from modelwright.backends.ascend.gears import KINDS, Gears
from modelwright.backends.ascend.settings import LITE_KEYS, SETTINGS
from modelwright.backends.ascend.shapes import InputShape
from modelwright.options import OptionKind

CONFIG: Final = "config.txt"
CONVERTED: Final = "converted"
"""Name of the artifact without suffix; the model beside it may have the same suffix."""

PROGRAM: Final = "tools/converter/converter/converter_lite"
LIBRARIES: Final = "tools/converter/lib"

_FMK: Final = {0: "CAFFE", 1: "MINDIR", 3: "TF", 5: "ONNX"}
_FLAGS: Final = ("NoFusion", "device")
_SCRIPT: Final = """#!/bin/sh
# Converts {model} for Ascend. Needs converter_lite of MindSpore Lite: $LITE_HOME names its folder if it is not on PATH.
# CANN's set_env.sh is written for bash, so this one continues in it where it is.
if [ -z "$BASH_VERSION" ] && command -v bash >/dev/null 2>&1; then exec bash "$0" "$@"; fi
cd "$(dirname "$0")" || exit 1
for script in "${{ASCEND_TOOLKIT_HOME:-}}/set_env.sh" "${{ASCEND_TOOLKIT_HOME:-}}/../set_env.sh" \\
    /usr/local/Ascend/ascend-toolkit/set_env.sh /usr/local/Ascend/cann/set_env.sh; do
    if [ -f "$script" ]; then . "$script"; break; fi
done
if ! command -v converter_lite >/dev/null 2>&1 && [ -n "${{LITE_HOME:-}}" ]; then
    PATH="$LITE_HOME/tools/converter/converter:$PATH"
    export LD_LIBRARY_PATH="$LITE_HOME/tools/converter/lib:${{LD_LIBRARY_PATH:-}}"
fi
{command}
"""


def config(
    settings: Mapping[str, str], shapes: Sequence[InputShape], gears: Gears | None, side: Mapping[str, Path]
) -> str:
    """The configuration file.

    Args:
        settings: The settings to give, ``input_shape`` and ``input_format`` among them.
        shapes: The shapes of all inputs.
        gears: The gears, or None.
        side: Files of settings by setting, all in the folder where the tool runs.
    """
    sections: dict[str, list[str]] = {}
    for setting in SETTINGS:
        if setting.name not in settings or setting.name not in LITE_KEYS:
            continue
        section, key = LITE_KEYS[setting.name]
        value = side[setting.name].name if setting.kind is OptionKind.FILE else settings[setting.name]
        if setting.name == "input_shape":
            value = ";".join(item.bracketed for item in shapes)
        elif setting.name in KINDS and gears is not None:
            value = ";".join([gears.bracketed] * sum(bool(item.open_axes) for item in shapes))
        sections.setdefault(section, []).append(f"{key}={value}")
    return "\n".join("\n".join([f"[{section}]", *lines, ""]) for section, lines in sections.items())


def arguments(
    framework: int, model: Path, weight: Path | None, settings: Mapping[str, str], shapes: Sequence[InputShape]
) -> list[str]:
    """The arguments, without the program; files by their names alone.

    Args:
        framework: 0 Caffe, 1 MindIR, 3 TensorFlow, 5 ONNX.
        model: The model's file.
        weight: Caffe's weights, or None.
        settings: The settings to give.
        shapes: The shapes of all inputs; fixed ones are also said on the command line, where newer versions look.
    """
    found = ["--saveType=MINDIR", f"--fmk={_FMK[framework]}", f"--modelFile={model.name}"]
    if weight is not None:
        found.append(f"--weightFile={weight.name}")
    found += [f"--outputFile={CONVERTED}", f"--configFile={CONFIG}"]
    if "optimize" in settings or "device" not in settings:
        found.append(f"--optimize={settings.get('optimize', 'ascend_oriented')}")
    found += [f"--{name}={settings[name]}" for name in _FLAGS if name in settings]
    if shapes and not any(item.open_axes or item.has_range for item in shapes):
        found.append(f"--inputShape={';'.join(str(item) for item in shapes)}")
    return found


def script(model: Path, given: Sequence[str]) -> str:
    """A script that converts in the folder where it lies."""
    quoted = " \\\n    ".join(shlex.quote(item) for item in given)
    return _SCRIPT.format(model=model.name, command=f"converter_lite {quoted}")
