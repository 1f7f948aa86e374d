"""Whether ONNX Runtime's products of 8-bit activations and int8 weights are exact on this processor."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Final

from modelwright.diagnostics import Diagnostic, Level
from modelwright.quantize.params import Placement, Role
from modelwright.quantize.rules import rules_named
from modelwright.quantize.settings import QuantizeSettings

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


def saturation_notice(placement: Placement, settings: QuantizeSettings) -> tuple[Diagnostic, ...]:
    """What to do where a model that was quantized so loses accuracy on this processor; empty where it does not.

    Symmetric weights for a target whose rules know of the pairs leave room for their sums.
    """
    activations = {tensor.scheme.dtype for tensor in placement.of_role(Role.ACTIVATION)}
    roomy = rules_named(settings.target).pairs
    weights = [tensor.scheme for tensor in placement.of_role(Role.WEIGHT) if tensor.scheme.dtype == "int8"]
    if not activations & {"uint8", "int8"} or all(roomy and scheme.symmetric for scheme in weights):
        return ()
    if not saturates_here():
        return ()
    message = (
        "this processor has no VNNI: ONNX Runtime's sums of products of 8 bits saturate on it by default "
        "(the comparison here set session.x64quantprecision to 1, which makes them exact)"
    )
    hint = "set that where the model runs on such processors, or quantize with --weights uint8, which never saturates"
    return (Diagnostic(level=Level.NOTICE, message=message, stage="quantize", hint=hint),)
