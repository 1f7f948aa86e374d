"""The tree of errors that modelwright raises, each with a stable code, a hint and an exit code.

Codes never change their meaning once released: scripts and the service match on them. A message names the file, the
node or the tensor and the reason; a hint says what to do next.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import ClassVar


class ModelwrightError(Exception):
    """Base of every error modelwright raises on purpose.

    Attributes:
        code: Stable identifier such as ``MW-U101``.
        exit_code: What the command line exits with.
        message: What went wrong, naming the file, node or tensor.
        hint: What the user can do about it; may be empty.
        node: Name of the source's layer or node concerned; may be empty.
        report: The ``Report`` of the run that the error ended, or None outside a run.
    """

    code: ClassVar[str] = "MW-I000"
    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, hint: str = "", node: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.node = node
        self.report: object | None = None

    def __str__(self) -> str:
        return self.message if not self.hint else f"{self.message}\n  hint: {self.hint}"


class UserError(ModelwrightError):
    """The input, the options or the environment must change; exit code 2."""

    code = "MW-U000"
    exit_code = 2


class UsageError(UserError):
    """The command line or the keyword arguments are contradictory or incomplete."""

    code = "MW-U001"


class RecipeError(UserError):
    """A recipe file holds unknown keys, wrong types or contradictory settings."""

    code = "MW-U002"


class ConfigError(UserError):
    """A calibration file holds unknown keys, wrong values or contradictory settings."""

    code = "MW-U003"


class TemplateError(UserError):
    """An input folder or settings are not as a template asks; everything wrong is listed.

    Attributes:
        items: One line for each thing that is wrong, with what to do.
    """

    code = "MW-U004"

    def __init__(self, message: str, *, hint: str = "", node: str = "", items: Sequence[str] = ()) -> None:
        super().__init__(message, hint=hint, node=node)
        self.items = tuple(items)

    def __str__(self) -> str:
        lines = [self.message, *(f"  - {item}" for item in self.items)]
        return "\n".join([*lines, f"  hint: {self.hint}"] if self.hint else lines)


class ModelNotFoundError(UserError):
    """The model, or a file that belongs to it (a shard, external data), does not exist."""

    code = "MW-U101"


class ModelFormatError(UserError):
    """A file is truncated, damaged or not of the format it was taken for."""

    code = "MW-U102"


class UnknownNameError(UserError):
    """A tensor, node, signature, tag or dimension of that name does not exist in the model."""

    code = "MW-U103"


class ShapeError(UserError):
    """A shape given by the user contradicts the model, or the model contradicts itself."""

    code = "MW-U104"


class ReferenceDataError(UserError):
    """The reference inputs or outputs do not fit the model."""

    code = "MW-U105"


class CalibrationDataError(UserError):
    """Calibration data are missing, damaged or do not fit the model."""

    code = "MW-U106"


class UnsupportedError(UserError):
    """The model uses operators, attributes or dtypes that cannot be converted.

    Attributes:
        items: One line for each thing that is unsupported, with node names and remedies.
        nodes: Operator and name of each node whose operator is unsupported, as far as the reader tells them apart.
    """

    code = "MW-U201"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        node: str = "",
        items: Sequence[str] = (),
        nodes: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(message, hint=hint, node=node)
        self.items = tuple(items)
        self.nodes = tuple(nodes)

    def __str__(self) -> str:
        lines = [self.message, *(f"  - {item}" for item in self.items)]
        return "\n".join([*lines, f"  hint: {self.hint}"] if self.hint else lines)


class ConversionError(UserError):
    """A node of the model cannot be converted as it is: a wrong attribute, input or combination."""

    code = "MW-U202"


class OutputError(UserError):
    """The result cannot be written: read-only folder, full disk, name taken by a directory."""

    code = "MW-U301"


class ToolError(ModelwrightError):
    """A worker process, a vendor's tool or a framework's interpreter failed; exit code 3."""

    code = "MW-T000"
    exit_code = 3


class WorkerCrashedError(ToolError):
    """A worker process ended without an answer."""

    code = "MW-T001"


class WorkerTimeoutError(ToolError):
    """A worker process did not answer in the time allowed."""

    code = "MW-T002"


class ToolMissingError(ToolError):
    """An interpreter or a tool that was asked for is not there or lacks a module."""

    code = "MW-T003"


class VerificationFailed(ModelwrightError):  # noqa: N818  the name users read in reports
    """The artifact was written, but it does not compute what the source computes; exit code 4."""

    code = "MW-V001"
    exit_code = 4


class ArtifactInvalid(VerificationFailed):
    """The artifact does not load or run, or fails the checker."""

    code = "MW-V002"


class CheckFailed(VerificationFailed):
    """A target that was asked about cannot take the model as it is; the report says why and what to do."""

    code = "MW-V003"


class InternalError(ModelwrightError):
    """A fault of modelwright itself; exit code 70."""

    code = "MW-I001"
    exit_code = 70


def near_matches(name: str, valid: Iterable[str], *, limit: int = 5) -> tuple[str, ...]:
    """The names most like ``name``, best first, for use in an error's hint."""
    names = sorted(set(valid))
    lowered = {candidate.lower(): candidate for candidate in reversed(names)}
    close = difflib.get_close_matches(name.lower(), list(lowered), n=limit, cutoff=0.5)
    return tuple(lowered[candidate] for candidate in close)


def unknown_name(kind: str, name: str, valid: Iterable[str], *, where: str = "") -> UnknownNameError:
    """An error for a name that does not exist, with near matches and, when few, all the valid names.

    Args:
        kind: What was named: ``"input"``, ``"signature"``, ``"dimension"``.
        name: The name the user gave.
        valid: All names that would have been right.
        where: The file or model searched, for the message.
    """
    names = sorted(set(valid))
    close = near_matches(name, names)
    hint = f"did you mean {', '.join(repr(item) for item in close)}? " if close else ""
    if len(names) <= 20:
        hint += f"valid names: {', '.join(names) if names else '(none)'}"
    else:
        hint += f"there are {len(names)}; `modelwright info` lists them"
    place = f" in {where}" if where else ""
    return UnknownNameError(f"no {kind} named {name!r}{place}", hint=hint)
