"""What the user asked of the Ascend backend, read into one model and checked setting by setting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from modelwright.backends.ascend.gears import as_gears, gears_of_file
from modelwright.backends.ascend.settings import SETTING_NAMES, SETTINGS, Setting, Tool
from modelwright.backends.manifests import SKIP_CHECK
from modelwright.errors import UsageError, near_matches
from modelwright.options import OptionKind

Problem = tuple[str, str]
"""What is wrong, and what to do."""

FRAMEWORKS: Final = {"0": 0, "caffe": 0, "1": 1, "mindir": 1, "3": 3, "tensorflow": 3, "5": 5, "onnx": 5}
FRAMEWORK_NAMES: Final = {0: "Caffe", 1: "MindIR", 3: "TensorFlow", 5: "ONNX"}

IMAGE_OPTIONS: Final = ("mean", "std", "color", "csc", "crop", "resize", "image_size", "image_input")
"""Options that describe the preprocessing on the chip."""

DEFAULT_TIMEOUT: Final = 3600
_CHIPS: Final = (
    "Ascend310 Ascend310P1 Ascend310P3 Ascend310P5 Ascend310P7 Ascend310B1 Ascend310B2 Ascend310B3 Ascend310B4 "
    "Ascend910A Ascend910B Ascend910ProA Ascend910ProB Ascend910PremiumA Ascend910B1 Ascend910B2 Ascend910B2C "
    "Ascend910B3 Ascend910B4 Ascend910B4-1 Ascend910_9391 Ascend910_9392 Ascend910_9381 Ascend910_9382 "
    "Ascend910_9372 Ascend910_9362 Ascend950PR Ascend950DT Ascend035"
).split()
_CHIP: Final = re.compile(r"Ascend\d{3}[A-Za-z0-9_-]*$", re.ASCII)
_TYPES: Final = ("FP32", "FP16", "UINT8", "INT8")
_TUNING: Final = ("RL", "GA", "RL,GA", "GA,RL")


@dataclass(frozen=True, slots=True, kw_only=True)
class AscendOptions:
    """The options, read.

    Attributes:
        tool: The compiler.
        framework: 0 Caffe, 1 MindIR, 3 TensorFlow, 5 ONNX; None to choose by the source.
        settings: Settings of the compiler by name, as texts; files as paths.
        image: Options of the preprocessing by name, as texts.
        home: The toolkit's folder, or None to look for it.
        host: The machine to compile on, as ``ssh`` takes it; None for this one.
        timeout: Seconds that a compilation may take.
        unchecked: Whether the check of the model for the target is left out.
    """

    tool: Tool
    framework: int | None
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    image: Mapping[str, str] = field(default_factory=dict[str, str])
    home: Path | None = None
    host: str | None = None
    timeout: int = DEFAULT_TIMEOUT
    unchecked: bool = False

    @property
    def chip(self) -> str:
        """The chip, empty when none was named."""
        return self.settings.get("soc_version", "")


def read_options(options: Mapping[str, Any]) -> tuple[AscendOptions, list[Problem]]:
    """The options as one model, and what is wrong with them one by one.

    Args:
        options: Values by name, in the form that a recipe stores.

    Raises:
        UsageError: There is no such tool, or gears are given twice.
        ModelFormatError: The file of gears holds none.
    """
    tool_name = str(options.get("ascend_tool", Tool.ATC.value)).lower()
    if tool_name not in set(Tool):
        raise UsageError(f"ascend_tool is {tool_name!r}", hint=f"the tools are {', '.join(Tool)}")
    tool = Tool(tool_name)
    settings = {name: str(options[name]) for name in SETTING_NAMES if name in options}
    if "gears" in options:
        settings |= gears_of_file(
            Path(options["gears"]), settings, images=any(name in options for name in IMAGE_OPTIONS)
        )
    settings = as_gears(settings) if tool is Tool.LITE else settings
    problems = [*_framework_problems(options), *_setting_problems(settings, tool), *_number_problems(options)]
    read = AscendOptions(
        tool=tool,
        framework=FRAMEWORKS.get(str(options.get("framework")).lower()),
        settings=settings,
        image={name: str(options[name]) for name in IMAGE_OPTIONS if name in options},
        home=Path(options["ascend_home"]) if "ascend_home" in options else None,
        host=options.get("ascend_host"),
        timeout=int(options.get("ascend_timeout", DEFAULT_TIMEOUT)),
        unchecked=bool(options.get(SKIP_CHECK)),
    )
    return read, problems


def refuse(problems: list[Problem], tool: Tool) -> None:
    """Raises one error for all problems, if there are any.

    Raises:
        UsageError: There are.
    """
    if len(problems) == 1:
        raise UsageError(problems[0][0], hint=problems[0][1])
    if problems:
        lines = "".join(f"\n  - {message}: {hint}" for message, hint in problems)
        raise UsageError(f"{len(problems)} things are not as {tool} takes them:{lines}")


def _framework_problems(options: Mapping[str, Any]) -> Iterator[Problem]:
    framework = options.get("framework")
    if framework is not None and str(framework).lower() not in FRAMEWORKS:
        yield f"framework is {framework!r}", "give 0 (Caffe), 3 (TensorFlow) or 5 (ONNX)"


def _number_problems(options: Mapping[str, Any]) -> Iterator[Problem]:
    timeout = options.get("ascend_timeout")
    if timeout is not None and int(timeout) <= 0:
        yield f"ascend_timeout is {timeout}", "give seconds greater than 0"


def _setting_problems(settings: Mapping[str, str], tool: Tool) -> Iterator[Problem]:
    for setting in SETTINGS:
        value = settings.get(setting.name)
        if value is None:
            continue
        if not setting.known_by(tool):
            other = setting.instead or f"leave it out, or compile with {setting.tools[0]}"
            yield f"{setting.name} is no setting of {tool}", other
        else:
            yield from _value_problems(setting, value, tool)
    if tool is Tool.ATC or (tool is Tool.LITE and "soc_version" in settings):
        yield from _chip_problems(settings.get("soc_version"))


def _value_problems(setting: Setting, value: str, tool: Tool) -> Iterator[Problem]:
    values = setting.values_for(tool)
    if values and value not in values:
        close = near_matches(value, values, limit=1)
        guess = f"did you mean {close[0]}? " if close else ""
        yield f"{setting.name} is {value!r}", f"{guess}it is one of {', '.join(values)}"
    if setting.kind is OptionKind.FILE and not Path(value).is_file():
        yield f"{setting.name}: there is no file {value}", "check the path"
    if setting.name == "auto_tune_mode" and value not in _TUNING:
        yield f"auto_tune_mode is {value!r}", "it is RL, GA or RL,GA"
    if setting.name == "aicore_num" and not (value.isascii() and value.isdigit() and int(value) > 0):
        yield f"aicore_num is {value!r}", "it is a number of cores greater than 0"
    if setting.name == "output_type":
        yield from _output_type_problems(value)


def _output_type_problems(value: str) -> Iterator[Problem]:
    for part in value.split(";"):
        kind = part.rpartition(":")[2] if ":" in part else part
        if kind not in _TYPES or (";" in value and ":" not in part):
            yield (
                f"output_type: {part!r} is no type of an output",
                f"write one of {', '.join(_TYPES)}, or 'node:0:FP16;...'",
            )


def _chip_problems(chip: str | None) -> Iterator[Problem]:
    if chip is None:
        yield (
            "soc_version is missing: atc compiles for one chip",
            "name it: --soc_version Ascend310P3 (npu-smi info shows it)",
        )
    elif chip not in _CHIPS and not _CHIP.match(chip):
        close = near_matches(chip if chip.startswith("Ascend") else f"Ascend{chip}", _CHIPS, limit=3)
        guess = f"did you mean {', '.join(close)}? " if close else ""
        yield f"soc_version {chip!r} is no Ascend chip", f"{guess}names are like Ascend310P3 and Ascend910B3"


def known_chip(chip: str) -> bool:
    """Whether the chip is one of those that ATC's reference lists."""
    return chip in _CHIPS
