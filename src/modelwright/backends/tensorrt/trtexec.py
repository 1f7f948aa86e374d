"""The command that builds the engine where TensorRT is installed: ``trtexec``, which comes with it.

Source of the flags: NVIDIA's documentation of ``trtexec`` (TensorRT 10).
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Final

from modelwright.backends.tensorrt.profile import Profile
from modelwright.backends.tensorrt.settings import Settings

_SWITCHES: Final = {
    "WEIGHT_STREAMING": "--allowWeightStreaming",
    "SPARSE_WEIGHTS": "--sparsity=enable",
    "REFIT": "--refit",
    "STRIP_PLAN": "--stripWeights",
    "VERSION_COMPATIBLE": "--versionCompatible",
}


def command(model: str, engine: str, settings: Settings, profiles: Sequence[Profile]) -> tuple[str, ...]:
    """The command line.

    Args:
        model: Name of the ONNX file.
        engine: Name of the engine to write.
        settings: What was asked for.
        profiles: Sizes of inputs whose sizes are open.
    """
    words = ["trtexec", f"--onnx={model}", f"--saveEngine={engine}", "--stronglyTyped", "--skipInference"]
    opened = [profile for profile in profiles if profile.usual]
    for index, profile in enumerate(opened):
        words += [f"--profile={index}"] if len(opened) > 1 else []
        for flag, sizes in (
            ("--minShapes", profile.smallest),
            ("--optShapes", profile.usual),
            ("--maxShapes", profile.largest),
        ):
            words.append(f"{flag}={_shapes(sizes)}")
    if settings.level is not None:
        words.append(f"--builderOptimizationLevel={settings.level}")
    if settings.timing_cache is not None:
        words.append(f"--timingCacheFile={settings.timing_cache.name}")
    words += [_SWITCHES[flag] for flag in settings.flags if flag in _SWITCHES]
    return tuple(words)


def without_a_flag(settings: Settings) -> tuple[str, ...]:
    """Builder flags that were asked for and that ``trtexec`` has no switch for."""
    return tuple(flag for flag in settings.flags if flag not in _SWITCHES)


def script(words: Sequence[str]) -> str:
    """A shell script that runs the command in the script's folder."""
    return f'#!/bin/sh\nset -eu\ncd "$(dirname "$0")"\n{shlex.join(words)}\n'


def _shapes(sizes: Mapping[str, Sequence[int]]) -> str:
    return ",".join(f"{name}:{'x'.join(str(size) for size in shape)}" for name, shape in sizes.items())
