"""Where the files of a Paddle model are: the program, the parameters, ``inference.yml``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.formats import Format
from modelwright.frontends.paddle.recognize import program_format

_PREFERRED: Final = ("inference", "__model__", "model")
_PARAMETERS: Final = ("__params__", "params", "model.pdiparams", "inference.pdiparams")
_SETTINGS: Final = ("inference.yml", "infer_cfg.yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The files of a model.

    Attributes:
        program: The program's file.
        format: Its format.
        parameters: The combined parameter file; None when each parameter has a file, or there are none.
        folder: Where the files are.
        settings: ``inference.yml``, if there is one.
    """

    program: Path
    format: Format
    parameters: Path | None
    folder: Path
    settings: Path | None

    def files(self) -> tuple[Path, ...]:
        """All files, the program first."""
        found = [self.program, *([self.parameters] if self.parameters else [])]
        return (*found, *([self.settings] if self.settings else []))


def find_places(path: Path, *, model_filename: str | None = None, params_filename: str | None = None) -> Places:
    """The files of the model at ``path``.

    Args:
        path: A folder, a program's file, or the stem that both files share.
        model_filename: The program's name in the folder.
        params_filename: The parameter file's name in the folder.

    Raises:
        ModelNotFoundError: There is no such file.
        ModelFormatError: The folder holds no program, or several.
    """
    folder = path if path.is_dir() else path.parent
    program = _named(folder, model_filename) if model_filename else _program(path)
    found = program_format(program)
    if found is None:
        raise ModelFormatError(
            f"{program}: not a Paddle program", hint="programs are .json of Paddle 3, .pdmodel or __model__"
        )
    parameters = _named(folder, params_filename) if params_filename else _parameters(program)
    settings = next((folder / name for name in _SETTINGS if (folder / name).is_file()), None)
    return Places(program=program, format=found, parameters=parameters, folder=folder, settings=settings)


def _named(folder: Path, name: str) -> Path:
    path = folder / name
    if path.is_file():
        return path
    names = ", ".join(sorted(item.name for item in folder.iterdir())[:10]) if folder.is_dir() else ""
    raise ModelNotFoundError(
        f"{path}: there is no such file", hint=f"the folder holds {names}" if names else f"{folder} does not exist"
    )


def _program(path: Path) -> Path:
    if path.is_file():
        return _beside(path) if path.suffix == ".pdiparams" else path
    if not path.is_dir():
        stems = [path.with_name(path.name + suffix) for suffix in (".json", ".pdmodel")]
        found = next((item for item in stems if item.is_file()), None)
        if found is None:
            raise ModelNotFoundError(f"no Paddle model at {path}", hint="give a folder, a .json or a .pdmodel file")
        return found
    candidates = programs_in(path)
    for stem in _PREFERRED:
        chosen = [item for item in candidates if item.stem == stem]
        if chosen:
            return chosen[0]
    if len(candidates) == 1:
        return candidates[0]
    names = ", ".join(item.name for item in candidates)
    raise ModelFormatError(
        f"{path}: holds {'several programs: ' + names if candidates else 'no Paddle program'}",
        hint="name the program with --model_filename",
    )


def _beside(parameters: Path) -> Path:
    for suffix in (".json", ".pdmodel"):
        if parameters.with_suffix(suffix).is_file():
            return parameters.with_suffix(suffix)
    raise ModelNotFoundError(f"{parameters}: there is no program beside it", hint="give the .json or .pdmodel file")


def programs_in(folder: Path) -> list[Path]:
    """The programs in a folder, PIR before ProgramDesc, by name."""
    found = [(item, program_format(item)) for item in sorted(folder.iterdir()) if item.is_file()]
    kept = [(item, kind) for item, kind in found if kind is not None]
    return [item for item, _ in sorted(kept, key=lambda pair: (pair[1] is not Format.PADDLE_PIR, pair[0].name))]


def _parameters(program: Path) -> Path | None:
    beside = program.with_suffix(".pdiparams")
    if beside.is_file() and beside != program:
        return beside
    folder = program.parent
    if program.suffix in (".pdmodel", ".json"):
        only = sorted(folder.glob("*.pdiparams"))
        return only[0] if len(only) == 1 and len(programs_in(folder)) == 1 else None
    return next((folder / name for name in _PARAMETERS if (folder / name).is_file()), None)
