"""An input folder's listing, held against a template's rules."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from modelwright.errors import ModelNotFoundError
from modelwright.templates.template import FileRule, Template
from modelwright.templates.values import Problem

MODEL_FOLDER: Final = "model"
MOST_FILES: Final = 10_000
"""A folder with more files is taken for a mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What an input folder holds, by the template's rules.

    Attributes:
        base: The model's folder below the input folder; empty when it is the input folder itself.
        files: Paths below the input folder by role.
        ignored: Files that no rule speaks of.
    """

    base: str
    files: dict[str, tuple[str, ...]]
    ignored: tuple[str, ...] = ()

    def source(self, role: str) -> str:
        """The model's path below the input folder: the file of that role, or the model's folder."""
        return self.files[role][0] if role else self.base

    def stem(self, role: str) -> str:
        """The stem of the model's file; ``model`` when the model is a folder."""
        return PurePosixPath(self.files[role][0]).stem if role else MODEL_FOLDER


def list_folder(folder: Path) -> tuple[str, ...]:
    """The paths of all files below a folder, in order, with ``/``; hidden ones are left out.

    Raises:
        ModelNotFoundError: There is no such folder.
    """
    if not folder.is_dir():
        what = "it is a file: give the folder that holds it" if folder.exists() else "give the folder with the model"
        raise ModelNotFoundError(f"no folder at {folder}", hint=what)
    found: list[str] = []
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        below = Path(root).relative_to(folder)
        found += [(below / name).as_posix() for name in sorted(files) if not name.startswith(".")]
        if len(found) > MOST_FILES:
            raise ModelNotFoundError(f"{folder} holds over {MOST_FILES} files", hint="give the folder of one model")
    return tuple(sorted(found))


def check_folder(template: Template, names: Sequence[str], values: Mapping[str, str]) -> tuple[Found, list[Problem]]:
    """What the folder holds by the template's rules, and what is wrong with it.

    Args:
        template: The template.
        names: Paths of all its files below the folder, with ``/``.
        values: The values of all settings, on which some rules depend.
    """
    base = _base(template, names)
    files: dict[str, tuple[str, ...]] = {}
    problems: list[Problem] = []
    for rule in template.input.files:
        if any(values.get(name) != wanted for name, wanted in rule.when.items()):
            continue
        matches = tuple(name for name in names if _matches(rule, name, base))
        files[rule.role] = files.get(rule.role, ()) + matches
        problem = _problem(rule, matches, base)
        if problem is not None:
            problems.append(problem)
    known = {name for group in files.values() for name in group}
    return Found(base=base, files=files, ignored=tuple(name for name in names if name not in known)), problems


def _base(template: Template, names: Sequence[str]) -> str:
    """``model`` when the folder has one that holds what a model needs and the folder itself does not."""
    needed = [rule for rule in template.input.files if rule.least and not rule.whole]

    def fits(base: str) -> int:
        return sum(any(_matches(rule, name, base) for name in names) for rule in needed)

    return MODEL_FOLDER if fits(MODEL_FOLDER) > fits("") else ""


def _matches(rule: FileRule, name: str, base: str) -> bool:
    below = "" if rule.whole else base
    if below:
        if not name.startswith(f"{below}/"):
            return False
        name = name.removeprefix(f"{below}/")
    parts = name.split("/")
    return any(_fits(parts, pattern.split("/")) for pattern in rule.patterns)


def _fits(parts: Sequence[str], patterns: Sequence[str]) -> bool:
    """Part by part, so that ``*`` ends at a slash; a last ``**`` stands for everything below."""
    if patterns[-1] == "**":
        patterns = patterns[:-1]
        parts = parts[: len(patterns)] if len(parts) > len(patterns) else []
    return len(parts) == len(patterns) and all(
        fnmatch.fnmatchcase(part, pattern) for part, pattern in zip(parts, patterns, strict=True)
    )


def _problem(rule: FileRule, matches: Sequence[str], base: str) -> Problem | None:
    what = " or ".join(rule.patterns)
    if rule.refused:
        return Problem(where="input", message=f"{what}: {rule.refused}", remedy=rule.remedy) if matches else None
    if len(matches) < rule.least:
        place = f" in {base}/" if base and not rule.whole else ""
        many = "exactly one" if rule.most == 1 else f"at least {rule.least}"
        why = "".join(f" for {name}={value}" for name, value in rule.when.items())
        return Problem(where="input", message=f"no {what}{place}", remedy=f"{many} is needed{why}: {rule.help.en}")
    if rule.most is not None and len(matches) > rule.most:
        shown = ", ".join(matches[:5]) + (" ..." if len(matches) > 5 else "")
        return Problem(where="input", message=f"{len(matches)} files {what}: {shown}", remedy="leave one in the folder")
    return None
