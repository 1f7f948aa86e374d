"""What backends there are, as data: found by walking the package, without importing what they need.

A backend is a folder of ``modelwright.backends`` with a ``manifest.py`` that defines ``MANIFEST``. The manifest names
its writer as ``module:function``; the module is imported when something is written.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelwright.errors import InternalError, UsageError, unknown_name

if TYPE_CHECKING:
    import onnx_ir as ir

_PACKAGE = "modelwright.backends"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendOption:
    """An option of a backend; the command line spells it ``--name`` with dashes.

    Attributes:
        name: The keyword in Python.
        kind: ``flag`` (True, False or, when the default is None, undecided), ``int`` or ``str``.
        default: Its value when not given.
        help: One sentence for the user.
    """

    name: str
    kind: str
    default: Any
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a backend wrote.

    Attributes:
        files: The files, the artifact itself first.
        checks: What was checked on the way, a phrase each.
    """

    files: tuple[Path, ...]
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendManifest:
    """A backend as data.

    Attributes:
        name: What ``--target`` takes.
        label: What a person reads.
        suffixes: Endings of output names that choose it, with the dot.
        writer: ``module:function``; the function takes the model, the path and the options, and returns ``Written``.
        options: Its options.
    """

    name: str
    label: str
    suffixes: tuple[str, ...]
    writer: str
    options: tuple[BackendOption, ...] = ()

    def write(self, model: ir.Model, path: Path, options: dict[str, Any] | None = None) -> Written:
        """Brings the model into what the target accepts, and writes it.

        Args:
            model: The hub model; it may be changed.
            path: The artifact to write.
            options: Values of options that differ from their defaults, by name.

        Raises:
            UnknownNameError: There is no such option.
            ArtifactInvalid: The model breaks the target's rules.
            OutputError: It cannot be written.
        """
        values = {option.name: option.default for option in self.options}
        for name, value in (options or {}).items():
            if name not in values:
                raise unknown_name("option", name, values, where=f"target {self.name}")
            values[name] = value
        module, _, function = self.writer.partition(":")
        result = getattr(importlib.import_module(module), function)(model, path, **values)
        if not isinstance(result, Written):
            raise InternalError(f"the writer of target {self.name} gave no account of what it wrote")
        return result


@functools.cache
def backends() -> tuple[BackendManifest, ...]:
    """All backends, by name."""
    package = importlib.import_module(_PACKAGE)
    folders = [info.name for info in pkgutil.iter_modules(package.__path__) if info.ispkg]
    return tuple(importlib.import_module(f"{_PACKAGE}.{name}.manifest").MANIFEST for name in sorted(folders))


def backend_named(name: str) -> BackendManifest:
    """The backend that ``--target`` means.

    Raises:
        UnknownNameError: There is none of that name.
    """
    for manifest in backends():
        if manifest.name == name.lower():
            return manifest
    raise unknown_name("target", name, [manifest.name for manifest in backends()])


def backend_for(path: Path) -> BackendManifest:
    """The backend that the output's name asks for.

    Raises:
        UsageError: No backend writes files of that ending.
    """
    for manifest in backends():
        if path.name.lower().endswith(manifest.suffixes):
            return manifest
    known = ", ".join(suffix for manifest in backends() for suffix in manifest.suffixes)
    raise UsageError(f"{path}: no target writes files of this ending", hint=f"use one of {known}, or give --target")
