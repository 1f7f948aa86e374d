"""What backends there are, as data: found by walking the package, without importing what they need.

A backend is a folder of ``modelwright.backends`` with a ``manifest.py`` that defines ``MANIFEST``. The manifest names
its writer, its runner and its reader as ``module:function``; the modules are imported when they are needed.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelwright.backends.written import Written
from modelwright.diagnostics import ModelSummary, Refusal
from modelwright.errors import InternalError, UsageError, unknown_name
from modelwright.formats import Original
from modelwright.options import Option
from modelwright.workers.interpreters import Interpreter

if TYPE_CHECKING:
    import onnx_ir as ir

_PACKAGE = "modelwright.backends"

"""What a stand-in is unless the backend says something else."""

SKIP_CHECK = "skip_check"
"""Name of the option with which a backend's ``prepare`` asks no profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRequest:
    """What a backend with many options is to write.

    Attributes:
        model: The hub model; it may be changed.
        path: The artifact to write.
        options: Values of options that were given, by name.
        originals: Forms in which vendors' compilers take the source itself.
        scratch: A folder for files that stay until the run is over; None where nothing is written yet.
    """

    model: ir.Model
    path: Path
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    originals: tuple[Original, ...] = ()
    scratch: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a backend asks of a target's profile before the vendor's compiler runs.

    Attributes:
        profile: The profile's name.
        operators: Whether the hub's operators are what the compiler gets; if not, only rules about shapes, dtypes and
            training count.
        sizes_given: Whether the options say what fills open sizes, so that these need no remark.
        model: What is asked about, where that is not the hub's model.
    """

    profile: str
    operators: bool = True
    sizes_given: bool = False
    model: ir.Model | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendManifest:
    """A backend as data.

    Attributes:
        name: What ``--target`` takes.
        label: What a person reads.
        suffixes: Endings of output names that choose it, with the dot.
        writer: ``module:function``; the function takes the model, the path and, as keywords, the options that were
            given, and returns ``Written``. Its defaults are the options' defaults.
        takes_request: Whether the writer takes one ``WriteRequest`` instead.
        prepare: ``module:function``; takes a ``WriteRequest``, gives the model the shapes that it is compiled with, and
            says as ``Asked`` which profile is asked about it before the writer runs. None: none is.
        doubts: ``module:function``; takes the given options and the interpreter that the user named (or None), and
            raises ``UsageError`` where the writer would, whatever the model is. None: nothing is known beforehand.
        profiles: Names of profiles that are asked besides the one of its own name.
        judge: ``module:function``; takes a model and returns what a profile's table is asked about: the model, or a
            copy without what the writer brings to forms of the compiler's own. None: the model.
        options: Its options.
        refusals: ``module:function``; takes a model, which it may change, and returns a ``Refusal`` for each node that
            the writer would refuse. None: the writer does not tell beforehand.
        legalizer: ``module:function``; makes of a model what the tool takes, as the writer does. None: no need.
        optimizes: Whether every source is optimized when the user does not say; else that is the frontend's to say.
        introduces: Newest opset whose operators the optimizer may bring in, when the target knows newer ones badly.
        runner: ``module:function``; takes the artifact's path and the interpreter that the user named (or None) and
            returns a ``Runner`` of ``modelwright.verify.runners``. None: nothing here can run such artifacts.
        cannot_run: Why nothing here can run them, a sentence.
        scratch: Whether the writer takes, as the keyword ``scratch``, a folder for files that stay until the run ends.
        interpreter: The interpreter in which artifacts are made or run, when it is not this one; the writer then takes
            it, or None, as the keyword ``python``.
        reader: ``module:function``; takes the artifact's path and returns its ``ModelSummary``. None: a frontend reads
            the format.
        recognizes: Whether a file is such an artifact, by its first bytes; needed with ``reader`` alone.
    """

    name: str
    label: str
    suffixes: tuple[str, ...]
    writer: str
    takes_request: bool = False
    prepare: str | None = None
    doubts: str | None = None
    profiles: tuple[str, ...] = ()
    judge: str | None = None
    options: tuple[Option, ...] = ()
    refusals: str | None = None
    legalizer: str | None = None
    optimizes: bool = False
    introduces: int | None = None
    runner: str | None = None
    cannot_run: str = ""
    scratch: bool = False
    interpreter: Interpreter | None = None
    reader: str | None = None
    recognizes: Callable[[Path], bool] | None = None

    def write(
        self,
        model: ir.Model,
        path: Path,
        options: Mapping[str, Any] | None = None,
        *,
        python: Path | None = None,
        scratch: Path | None = None,
        originals: tuple[Original, ...] = (),
    ) -> Written:
        """Brings the model into what the target accepts, and writes it.

        Args:
            model: The hub model; it may be changed.
            path: The artifact to write.
            options: Values of options that differ from their defaults, by name.
            python: The interpreter that the user named, for backends that have one.
            scratch: A folder for files that stay until the run is over.
            originals: Forms in which vendors' compilers take the source itself.

        Raises:
            UnknownNameError: There is no such option.
            ArtifactInvalid: The model breaks the target's rules.
            OutputError: It cannot be written.
        """
        known = [option.name for option in self.options]
        for name in options or {}:
            if name not in known:
                raise unknown_name("option", name, known, where=f"target {self.name}")
        writer = _function(self.writer)
        if self.takes_request:
            request = WriteRequest(model=model, path=path, options=options or {}, originals=originals, scratch=scratch)
            result = writer(request)
        else:
            further = {"python": python} if self.interpreter is not None else {}
            further |= {"scratch": scratch} if self.scratch else {}
            result = writer(model, path, **(options or {}), **further)
        if not isinstance(result, Written):
            raise InternalError(f"the writer of target {self.name} gave no account of what it wrote")
        return result

    def asks(self, request: WriteRequest) -> Asked | None:
        """Which profile is asked about the model before it is written, which gets its final shapes; None for none.

        Raises:
            UsageError: The options do not fit the model.
        """
        return None if self.prepare is None else _function(self.prepare)(request)

    def doubt(self, options: Mapping[str, Any], python: Path | None) -> None:
        """Says what is wrong with the options before much time is spent on a model.

        Args:
            options: Those that were given, by name.
            python: The interpreter that the user named, for backends that have one.

        Raises:
            UsageError: They contradict each other, or what writes such artifacts here.
        """
        if self.doubts is not None:
            _function(self.doubts)(options, python)

    def judged(self, model: ir.Model) -> ir.Model:
        """What a profile's table and rules are asked about for a model, which stays as it is."""
        return model if self.judge is None else _function(self.judge)(model)

    def refused(self, model: ir.Model) -> tuple[Refusal, ...]:
        """The nodes that the writer would refuse; the model may be changed.

        Raises:
            InternalError: The writer does not tell.
        """
        if self.refusals is None:
            raise InternalError(f"target {self.name} does not tell what it refuses")
        return _function(self.refusals)(model)

    def legalize(self, model: ir.Model) -> None:
        """Changes a model to what the target's tool takes.

        Raises:
            UnsupportedError: That cannot be.
        """
        if self.legalizer is not None:
            _function(self.legalizer)(model)

    def load(self, path: Path, python: Path | None) -> Any:
        """The artifact, loaded in what runs it: a ``Runner`` of ``modelwright.verify.runners``.

        Args:
            path: The artifact.
            python: The interpreter that the user named for this, or None.

        Raises:
            InternalError: Nothing runs such artifacts.
            CannotRunHere: What runs them is not installed, or cannot run this one.
            ArtifactInvalid: It does not load.
        """
        if self.runner is None:
            raise InternalError(f"target {self.name} has no runner")
        return _function(self.runner)(path, python)

    def describe(self, path: Path) -> ModelSummary:
        """What an artifact holds.

        Raises:
            InternalError: This backend does not read its artifacts.
            ModelFormatError: The file is damaged.
        """
        if self.reader is None:
            raise InternalError(f"target {self.name} has no reader")
        return _function(self.reader)(path)


def _function(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


@functools.cache
def backends() -> tuple[BackendManifest, ...]:
    """All backends, by name; a folder without a manifest is none."""
    package = importlib.import_module(_PACKAGE)
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__) if info.ispkg)
    manifests = [f"{_PACKAGE}.{name}.manifest" for name in names]
    return tuple(importlib.import_module(name).MANIFEST for name in manifests if importlib.util.find_spec(name))


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
