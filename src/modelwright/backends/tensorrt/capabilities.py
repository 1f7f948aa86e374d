"""GPUs that TensorRT-RTX builds engines for, by compute capability.

Source: measured with TensorRT-RTX 1.7.1: its enumeration ``ComputeCapability``, the bits that engines for each have in
their headers, and its refusals ("Cannot compile for target(s) ...").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from modelwright.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """A generation of GPUs.

    Attributes:
        number: As NVIDIA writes it: ``8.6``.
        bit: Its bit in an engine's header.
        gpus: Which GPUs these are.
        lacks: ONNX dtypes that these GPUs do not compute in.
    """

    number: str
    bit: int
    gpus: str
    lacks: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The name in TensorRT-RTX: ``SM86``."""
        return "SM" + self.number.replace(".", "")


_FP8: Final = frozenset({"float8e4m3fn"})
_FP4: Final = frozenset({"float4e2m1"})

CAPABILITIES: Final = (
    Capability(number="7.5", bit=0, gpus="Turing", lacks=_FP8 | _FP4 | {"bfloat16", "int4"}),
    Capability(number="8.0", bit=1, gpus="Ampere, data centre", lacks=_FP8 | _FP4),
    Capability(number="8.6", bit=2, gpus="Ampere", lacks=_FP8 | _FP4),
    Capability(number="8.9", bit=3, gpus="Ada", lacks=_FP4),
    Capability(number="12.0", bit=4, gpus="Blackwell"),
    Capability(number="12.1", bit=5, gpus="Blackwell, GB10"),
)
_FOREIGN: Final = {
    "8.7": "Jetson Orin needs the TensorRT of its JetPack",
    "9.0": "Hopper is no target of TensorRT-RTX; use the full TensorRT on such a GPU",
    "10.0": "B200 is no target of TensorRT-RTX; use the full TensorRT on such a GPU",
}


def parse_capabilities(texts: Iterable[str]) -> tuple[Capability, ...]:
    """The GPUs named by their compute capability, in the table's order.

    Args:
        texts: ``8.6``, ``86`` or ``sm86`` each.

    Raises:
        UsageError: One is not a target of TensorRT-RTX.
    """
    known = {item.number: item for item in CAPABILITIES}
    chosen: set[str] = set()
    for text in texts:
        digits = text.lower().removeprefix("sm").removeprefix("_")
        number = digits if "." in digits else f"{digits[:-1]}.{digits[-1:]}"
        if number not in known:
            listed = ", ".join(f"{item.number} ({item.gpus})" for item in CAPABILITIES)
            hint = f"{_FOREIGN[number]}; " if number in _FOREIGN else ""
            raise UsageError(
                f"TensorRT-RTX builds no engines for compute capability {text!r}", hint=f"{hint}it knows {listed}"
            )
        chosen.add(number)
    return tuple(item for item in CAPABILITIES if item.number in chosen)


def of_mask(mask: int) -> tuple[Capability, ...]:
    """The GPUs whose bits are set in an engine's header."""
    return tuple(item for item in CAPABILITIES if mask >> item.bit & 1)
