"""What a user asks of an engine, checked as a whole before anything is built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypedDict

from modelwright.backends.tensorrt.capabilities import Capability, parse_capabilities
from modelwright.errors import UsageError
from modelwright.gears.document import read_gears_file

RTX, FULL = "rtx", "full"
PRECISIONS: Final = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16", "int8": "int8", "fp8": "float8e4m3fn"}
"""What ``--precision`` takes, and the dtype that the GPU must have."""

NARROW: Final = ("fp16", "bf16")
"""Precisions for which the graph is rewritten."""

_LEVELS: Final = range(6)
_NEED_A_GPU: Final = {"refit": "REFIT", "strip_plan": "STRIP_PLAN", "version_compatible": "VERSION_COMPATIBLE"}
_ANYWHERE: Final = {
    "weight_streaming": "WEIGHT_STREAMING",
    "sparse_weights": "SPARSE_WEIGHTS",
    "strict_nans": "STRICT_NANS",
    "require_user_allocation": "REQUIRE_USER_ALLOCATION",
}
FLAGS: Final = {**_ANYWHERE, **_NEED_A_GPU}
"""Options that are builder flags, with TensorRT's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of a build.

    Attributes:
        product: ``rtx``, ``full``, or None for what is installed, TensorRT-RTX first.
        capabilities: GPUs to build for; TensorRT-RTX only.
        precision: A key of ``PRECISIONS``.
        keep_io_types: Whether inputs and outputs stay float32 when the rest becomes narrower.
        fp32_layers: Nodes that stay float32.
        smallest: Smallest sizes, ``name[1,3,224,224]`` each.
        usual: Usual sizes.
        largest: Largest sizes.
        gears: Sizes of what is open, one profile each.
        level: Optimization level 0 to 5, or None.
        flags: Names of TensorRT's builder flags.
        timing_cache: Where the full TensorRT keeps timings, or None.
        cut: Whether layers that TensorRT refuses go to an ONNX model beside the engine.
    """

    product: str | None = None
    capabilities: tuple[Capability, ...] = ()
    precision: str = "fp32"
    keep_io_types: bool = False
    fp32_layers: tuple[str, ...] = ()
    smallest: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()
    largest: tuple[str, ...] = ()
    gears: tuple[tuple[int, ...], ...] = ()
    level: int | None = None
    flags: tuple[str, ...] = field(default=())
    timing_cache: Path | None = None
    cut: bool = False


class Options(TypedDict, total=False):
    """The options as the manifest declares them, those that were given."""

    tensorrt: str
    compute_capability: list[str]
    precision: str
    keep_io_types: bool
    fp32_layers: list[str]
    min_shapes: list[str]
    opt_shapes: list[str]
    max_shapes: list[str]
    gears: str
    optimization_level: int
    timing_cache: str
    fallback: str
    weight_streaming: bool
    sparse_weights: bool
    strict_nans: bool
    require_user_allocation: bool
    refit: bool
    strip_plan: bool
    version_compatible: bool


def make_settings(options: Options) -> Settings:
    """Settings from the options of the command line.

    Raises:
        UsageError: A value is not one there is, or two contradict each other.
        ModelFormatError: The file of gears holds none.
    """
    precision, level = options.get("precision", "fp32"), options.get("optimization_level")
    _one_of("tensorrt", options.get("tensorrt"), (RTX, FULL))
    _one_of("precision", precision, PRECISIONS)
    _one_of("fallback", options.get("fallback"), ("cut",))
    if level is not None and level not in _LEVELS:
        raise UsageError(f"--optimization_level {level}: there are levels 0 to 5", hint="3 is TensorRT's own")
    for name in ("fp32_layers", "keep_io_types"):
        if name in options and precision not in NARROW:
            raise UsageError(f"--{name} needs --precision fp16 or bf16", hint="else dtypes stay as they are anyway")
    ranges = [name for name in ("min_shapes", "opt_shapes", "max_shapes") if name in options]
    if ranges and "gears" in options:
        raise UsageError(f"--gears and --{ranges[0]} both say which sizes there are", hint="give one of them")
    capabilities = _capabilities(options.get("compute_capability", []), precision)
    cache = options.get("timing_cache")
    return Settings(
        product=options.get("tensorrt"),
        capabilities=capabilities,
        precision=precision,
        keep_io_types=options.get("keep_io_types", False),
        fp32_layers=tuple(options.get("fp32_layers", ())),
        smallest=tuple(options.get("min_shapes", ())),
        usual=tuple(options.get("opt_shapes", ())),
        largest=tuple(options.get("max_shapes", ())),
        gears=read_gears_file(Path(options["gears"])) if "gears" in options else (),
        level=level,
        flags=tuple(flag for name, flag in FLAGS.items() if options.get(name)),
        timing_cache=None if cache is None else Path(cache),
        cut=options.get("fallback") == "cut",
    )


def _capabilities(texts: Sequence[str], precision: str) -> tuple[Capability, ...]:
    chosen = parse_capabilities(texts)
    lacking = [item for item in chosen if PRECISIONS[precision] in item.lacks]
    if lacking:
        raise UsageError(
            f"--precision {precision}: GPUs of compute capability {', '.join(item.number for item in lacking)} lack it",
            hint="leave them out, or choose fp16, which all have",
        )
    return chosen


def check_for(settings: Settings, product: str, framework: str) -> None:
    """What only one of the two products asks for.

    Args:
        settings: What was asked for.
        product: ``rtx`` or ``full``.
        framework: Its name and version, for messages.

    Raises:
        UsageError: Something is asked for that it cannot do, or TensorRT-RTX is not told for which GPUs to build.
    """
    if product == FULL:
        if settings.capabilities:
            raise UsageError(
                f"--compute_capability: {framework} builds for the GPU that it runs on",
                hint="leave it out, or use --tensorrt rtx",
            )
        return
    if not settings.capabilities:
        raise UsageError(
            "TensorRT-RTX must be told which GPUs to build for",
            hint="give --compute_capability, such as 8.6,8.9 (RTX 30 and RTX 40) or 12.0 (RTX 50)",
        )
    refused = [name for name, flag in _NEED_A_GPU.items() if flag in settings.flags]
    if refused:
        raise UsageError(f"--{refused[0]}: TensorRT-RTX does this only where a GPU is", hint="leave it out")
    if settings.timing_cache is not None:
        raise UsageError("--timing_cache: TensorRT-RTX keeps no timings", hint="leave it out, or use --tensorrt full")


def fits(settings: Settings, product: str) -> bool:
    """Whether a product can do what was asked for."""
    try:
        check_for(settings, product, product)
    except UsageError:
        return False
    return True


def _one_of(option: str, value: str | None, valid: Sequence[str] | dict[str, str]) -> None:
    if value is not None and value not in valid:
        raise UsageError(f"--{option} {value}: there is no such choice", hint=f"choose {', '.join(valid)}")
