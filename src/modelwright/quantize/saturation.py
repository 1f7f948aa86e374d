"""Whether ONNX Runtime's products of uint8 and int8 are exact on this processor."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Final

from modelwright.diagnostics import Diagnostic, Level
from modelwright.quantize.params import Placement, Role

_PROCESSOR: Final = Path("/proc/cpuinfo")
_X86: Final = ("x86_64", "amd64")
_EXACT: Final = frozenset({"avx512_vnni", "avx_vnni"})


def saturates_here() -> bool:
    """Whether sums of two products stop at 16 bits: on x86 without VNNI (VPMADDUBSW); False where that is not known."""
    if platform.machine().lower() not in _X86:
        return False
    try:
        lines = _PROCESSOR.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), None)
    return flags is not None and not _EXACT & set(flags)


def saturation_notice(placement: Placement) -> tuple[Diagnostic, ...]:
    """What to do where a model that was quantized so loses accuracy on this processor; empty where it does not."""
    activations = {tensor.scheme.dtype for tensor in placement.of_role(Role.ACTIVATION)}
    weights = {tensor.scheme.dtype for tensor in placement.of_role(Role.WEIGHT)}
    if "uint8" not in activations or "int8" not in weights or not saturates_here():
        return ()
    message = (
        "this processor has no VNNI: ONNX Runtime's sums of products of uint8 and int8 saturate on it by default "
        "(the comparison here set session.x64quantprecision to 1, which makes them exact)"
    )
    hint = "set that where the model runs on such processors, or quantize with --weights uint8, which never saturates"
    return (Diagnostic(level=Level.NOTICE, message=message, stage="quantize", hint=hint),)
