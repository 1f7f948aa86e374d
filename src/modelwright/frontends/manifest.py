"""What a frontend says about itself: formats, options, how it detects, reads and describes a model.

A frontend is a folder with a ``manifest`` module that holds ``FRONTEND``; the folders are found by walking this
package, so that adding one edits no list. Manifests import nothing heavy: the command line builds its help from them.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelwright.diagnostics import Diagnostic, ModelSummary
from modelwright.errors import InternalError, unknown_name
from modelwright.formats import Format, Original, TensorSpec
from modelwright.options import Option
from modelwright.workers.interpreters import Interpreter

if TYPE_CHECKING:
    import onnx_ir as ir


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTensor:
    """An input or output of the hub model and what the source calls it.

    Attributes:
        name: Name in the hub model.
        source: Name in the source.
        perm: For an input, ``source_array = hub_array.transpose(perm)``; for an output,
            ``hub_array = source_array.transpose(perm)``. None when the layouts are the same.
    """

    name: str
    source: str
    perm: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SideFile:
    """A further file that the user asked for by the option ``option``; ``write`` puts it at the path given."""

    option: str
    write: Callable[[Path], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRequest:
    """What to load.

    Attributes:
        path: The model's file or folder.
        format: Its format, one of the frontend's.
        options: Options given by the user, by name, in the form their kind says.
        opset: The opset to emit, or None for the frontend's own choice; a frontend that keeps the source's does not
            look at it.
        python: The interpreter that the user named for what needs the source's framework; None for the environment's.
        scratch: A folder for intermediate files that stay until the run is over, or None when there is none.
    """

    path: Path
    format: Format
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    opset: int | None = None
    python: Path | None = None
    scratch: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A source model as the hub's.

    Attributes:
        model: The hub model, not optimized.
        summary: What the source holds.
        files: Every file that was read, to be hashed for the report.
        done: Phrases that say what the import did.
        notices: What was guessed, dropped or is worth knowing.
        inputs: What the source calls the model's inputs.
        outputs: What the source calls the model's outputs.
        expected: Names, dtypes and static shapes that the source promises for its outputs.
        details: What a run of the source needs besides: ``path`` and ``format`` of what is run when it is not the
            source itself, ``signature``, ``tags``, ``concrete_function``; ``cut`` says that inputs or outputs are not
            the source's.
        side_files: Further files asked for.
        originals: Forms in which vendors' compilers take the source itself.
    """

    model: ir.Model
    summary: ModelSummary
    files: tuple[Path, ...]
    done: tuple[str, ...] = ()
    notices: tuple[Diagnostic, ...] = ()
    inputs: tuple[SourceTensor, ...] = ()
    outputs: tuple[SourceTensor, ...] = ()
    expected: tuple[TensorSpec, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    side_files: tuple[SideFile, ...] = ()
    originals: tuple[Original, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRun:
    """How a frontend's sources are run beside the artifact.

    Attributes:
        runner: ``module:function``, imported when needed; the function takes a ``SourceQuery`` of
            ``modelwright.verify.source`` and returns a ``SourceRunner``, or None when this source cannot be run here.
        runtime: What runs them, for people: ``ONNX Runtime``.
        interpreter: The interpreter that this needs and the user names; None for this process's own.
    """

    runner: str
    runtime: str
    interpreter: Interpreter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontend:
    """A reader of one framework's models.

    Attributes:
        name: The folder's name.
        label: The framework's name for people.
        commands: Names after ``modelwright convert`` that mean this frontend.
        joins: Commands of other frontends that also take this one's source flags and options.
        formats: The formats it reads.
        source_flags: Flag that names the model's path, and the format or formats it implies (None: detect).
        options: What a user may ask of it.
        optimizes: Whether a conversion optimizes when the user does not say.
        emits_from: Oldest opset it can emit; None when models keep the opset they have.
        detect: The format of a path by its content, or None when it is none of this frontend's. Reads little.
        load: Reads and converts to the hub.
        describe: Says what a model of the given format holds, without converting it.
        describe_options: Options that ``describe`` takes, too, as keywords.
        source_run: How its sources are run for verification; None: not at all.
        aliases: Further spellings of ``output`` and ``opset`` that users of other converters know.
        version_flags: Flags of its commands that print the version and stop.
    """

    name: str
    label: str
    commands: tuple[str, ...]
    formats: tuple[Format, ...]
    source_flags: Mapping[str, Format | tuple[Format, ...] | None]
    options: tuple[Option, ...]
    optimizes: bool
    detect: Callable[[Path], Format | None]
    load: Callable[[LoadRequest], Imported]
    describe: Callable[..., ModelSummary]
    describe_options: tuple[str, ...] = ()
    source_run: SourceRun | None = None
    joins: tuple[str, ...] = ()
    emits_from: int | None = 13
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    version_flags: tuple[str, ...] = ()

    @property
    def interpreter(self) -> Interpreter | None:
        """The interpreter that the user may name for these sources."""
        return None if self.source_run is None else self.source_run.interpreter

    def option(self, name: str) -> Option | None:
        """The option of that name, or None."""
        return next((option for option in self.options if option.name == name), None)


@functools.cache
def frontends() -> tuple[Frontend, ...]:
    """All frontends, by name; a folder without a manifest is none."""
    package = importlib.import_module("modelwright.frontends")
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__) if info.ispkg)
    manifests = [f"modelwright.frontends.{name}.manifest" for name in names]
    return tuple(importlib.import_module(name).FRONTEND for name in manifests if importlib.util.find_spec(name))


def interpreters(found: Iterable[Frontend] | None = None) -> tuple[Interpreter, ...]:
    """The interpreters that sources of these frontends (None: all) may need, each once, by the frontends' order."""
    chosen = frontends() if found is None else found
    return tuple(dict.fromkeys(item.interpreter for item in chosen if item.interpreter is not None))


def frontend_for(source: Format) -> Frontend:
    """The frontend that reads a format.

    Raises:
        InternalError: None does.
    """
    for frontend in frontends():
        if source in frontend.formats:
            return frontend
    raise InternalError(f"no frontend reads {source.value}")


def known_formats() -> tuple[Format, ...]:
    """The formats that some frontend reads, in the order of ``Format``."""
    read = {item for frontend in frontends() for item in frontend.formats}
    return tuple(item for item in Format if item in read)


def frontends_of_command(command: str) -> tuple[Frontend, ...]:
    """The frontend behind ``modelwright convert <command>``, then those that join it.

    Raises:
        UnknownNameError: There is none.
    """
    return (frontend_of_command(command), *(frontend for frontend in frontends() if command in frontend.joins))


def frontend_of_command(command: str) -> Frontend:
    """The frontend behind ``modelwright convert <command>``.

    Raises:
        UnknownNameError: There is none.
    """
    for frontend in frontends():
        if command in frontend.commands:
            return frontend
    raise unknown_name("source", command, [name for frontend in frontends() for name in frontend.commands])
