"""Asks TensorRT to read a model and to build an engine of it, in a worker."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from modelwright import workers
from modelwright.backends.tensorrt.profile import Profile
from modelwright.backends.tensorrt.settings import FULL, RTX, Options, Settings, check_for, fits, make_settings
from modelwright.errors import ToolError
from modelwright.workers.runner import run_worker

_SCRIPT: Final = Path(workers.__file__).with_name("entry") / "tensorrt_build.py"
_MODULES: Final = {RTX: ("tensorrt_rtx",), FULL: ("tensorrt",), None: ("tensorrt_rtx", "tensorrt")}
_TIMEOUT: Final = 4 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A complaint of TensorRT.

    Attributes:
        code: Its word for the kind.
        node: The ONNX node, or empty.
        operator: That node's operator.
        text: The complaint.
    """

    code: str
    node: str
    operator: str
    text: str

    @property
    def reason(self) -> str:
        """The complaint in one line, without the compiler's own conditions."""
        text = " ".join(self.text.split())
        known = next((said for pattern, said in _REASONS if re.search(pattern, text)), None)
        return known or _CONDITION.sub("", text)

    def placed(self, nodes: Mapping[str, str]) -> Refusal:
        """With the node that the builder names by a name of its own, if it does; ``nodes``: name to operator."""
        found = _NO_KERNEL.search(self.text)
        if self.node or found is None:
            return self
        name = next((name for name in (found[1], re.sub(r"_\d+$", "", found[1])) if name in nodes), "")
        return replace(self, node=name, operator=nodes.get(name, ""))


_NO_KERNEL: Final = re.compile(r"(\S+) has no runners that implement it")
_REASONS: Final = (
    (_NO_KERNEL.pattern, "it has no kernel for this operator"),
    (r"(?i)plugin.*was not found", "it has no such operator, and no plugin for it"),
    (r"^false$", "it does not have this operator"),
    (r"convertDtype\(", "it does not have one of the dtypes"),
    (r"has dynamic or shape inputs, but no optimization profile", "an input holds sizes, which must be constants"),
)
_CONDITION: Final = re.compile(r"^(?:\[\d+\] )?Assertion failed: .*?: (?=\S)|^IBuilder::\w+: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What TensorRT made of a model.

    Attributes:
        product: ``rtx`` or ``full``.
        framework: Its name and version.
        refusals: Its complaints; empty when it took the model.
        timings: Whether timings were found in the cache.
        shapes: Shapes of the inputs and outputs of what was built, as TensorRT understood them: -1 is an open size,
            None an open rank.
    """

    product: str
    framework: str
    refusals: tuple[Refusal, ...]
    timings: bool = False
    shapes: dict[str, tuple[int, ...] | None] = field(default_factory=dict[str, "tuple[int, ...] | None"])


class TensorRt:
    """TensorRT in an interpreter."""

    def __init__(self, settings: Settings, python: Path | None) -> None:
        """Nothing is started yet.

        Args:
            settings: What to build.
            python: The interpreter with TensorRT; None for the running one.
        """
        self._settings = settings
        self._python = python

    def installed(self) -> Answer | None:
        """Which TensorRT is there; None when there is none.

        Raises:
            ToolError: It does not load.
        """
        return self._ask(None, None, ())

    def parse(self, model: Path) -> Answer | None:
        """What its parser says of an ONNX file; None when there is no TensorRT.

        Raises:
            ToolError: It crashed or took too long.
        """
        return self._ask(model, None, ())

    def build(self, model: Path, engine: Path, *profiles: Profile) -> Answer | None:
        """Parses an ONNX file and builds an engine of it; None when there is no TensorRT.

        Where the settings do not fit the TensorRT that is there, nothing is built, and the answer only names it.

        Raises:
            ToolError: It crashed or took too long.
        """
        return self._ask(model, engine, profiles)

    def _ask(self, model: Path | None, engine: Path | None, profiles: Sequence[Profile]) -> Answer | None:
        settings = self._settings
        request: dict[str, Any] = {
            "modules": list(_MODULES[settings.product]),
            "builds": [_MODULES[product][0] for product in (RTX, FULL) if fits(settings, product)],
            "model": None if model is None else str(model.absolute()),
            "output": None if engine is None else str(engine.absolute()),
            "capabilities": [item.name for item in settings.capabilities],
            "profiles": [rows for profile in profiles if (rows := profile.rows())],
            "level": settings.level,
            "flags": list(settings.flags),
            "timing_cache": None if settings.timing_cache is None else str(settings.timing_cache.absolute()),
        }
        reply = run_worker(_SCRIPT, request, python=self._python, timeout=_TIMEOUT)
        if reply.fault is not None:
            if reply.fault.kind == "module":
                return None
            raise ToolError(f"TensorRT: {reply.fault.message}")
        data = reply.data
        return Answer(
            product=RTX if data["module"].endswith("rtx") else FULL,
            framework=str(data["framework"]),
            refusals=tuple(Refusal(**row) for row in data["errors"]),
            timings=bool(data.get("cache")),
            shapes={name: None if dims is None else tuple(dims) for name, dims in data.get("shapes", {}).items()},
        )


def check_options(options: Options, python: Path | None) -> None:
    """Says beforehand what the writer would say of its options, whatever the model is.

    Args:
        options: As the manifest declares them.
        python: The interpreter with TensorRT; None for the running one.

    Raises:
        UsageError: They contradict each other, or the TensorRT that is there.
        ToolError: That one does not load.
    """
    settings = make_settings(options)
    found = TensorRt(settings, python).installed()
    if found is not None:
        check_for(settings, found.product, found.framework)
