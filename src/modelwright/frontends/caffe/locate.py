"""Finds the two files of a model: from a common stem, or from one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelwright.errors import ModelNotFoundError, UsageError
from modelwright.frontends.caffe.recognize import TEXT_SUFFIXES, WEIGHT_SUFFIXES, is_text

_TRAINING: Final = ("train", "solver")
"""Words in the names of prototxt files that describe training."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The files of a model.

    Attributes:
        prototxt: The net, or None where only weights were found.
        caffemodel: The weights, or None.
        notes: What was chosen, a sentence each.
    """

    prototxt: Path | None
    caffemodel: Path | None
    notes: tuple[str, ...] = ()


def looks_like_stem(path: Path) -> bool:
    """Whether there is no such file, but ``<path>.prototxt`` or ``<path>.caffemodel``."""
    return not path.exists() and bool(path.name) and any(item.is_file() for item in _named(path))


def _named(stem: Path) -> list[Path]:
    return [stem.with_name(stem.name + suffix) for suffix in (*TEXT_SUFFIXES, *WEIGHT_SUFFIXES)]


def find_parts(path: Path, caffemodel: Path | None = None) -> Parts:
    """The files that belong to what the user named.

    Args:
        path: A stem, a prototxt, a caffemodel, or a folder that holds one model.
        caffemodel: Weights that the user named besides.

    Raises:
        ModelNotFoundError: ``caffemodel`` does not exist.
        UsageError: Several files could be meant.
    """
    if caffemodel is not None and not caffemodel.is_file():
        raise ModelNotFoundError(f"no file at {caffemodel}", hint="--caffemodel names the trained weights")
    if path.is_dir():
        return _in_folder(path, caffemodel)
    if not path.exists() and not looks_like_stem(path):
        return Parts(prototxt=None, caffemodel=caffemodel)
    stem, prototxt, weights = _given(path)
    weights = caffemodel or weights
    notes: list[str] = []
    if prototxt is None:
        prototxt = _first_file([stem.with_name(stem.name + suffix) for suffix in TEXT_SUFFIXES])
        if prototxt is None and (prototxt := _deploy(stem)) is not None:
            notes.append(f"{prototxt.name} was taken as the net")
    if weights is None:
        weights = _first_file([stem.with_name(stem.name + suffix) for suffix in WEIGHT_SUFFIXES])
        if weights is None and (weights := _only(_weights_in(stem.parent))) is not None:
            notes.append(f"{weights.name} was taken as the weights")
    return Parts(prototxt=prototxt, caffemodel=weights, notes=tuple(notes))


def _given(path: Path) -> tuple[Path, Path | None, Path | None]:
    """The stem, and the file itself as the net or as the weights."""
    if not path.is_file():
        return path, None, None
    for suffix in (*WEIGHT_SUFFIXES, *TEXT_SUFFIXES):
        if path.name.endswith(suffix):
            stem = path.with_name(path.name.removesuffix(suffix))
            return (stem, None, path) if suffix in WEIGHT_SUFFIXES else (stem, path, None)
    stem = path.with_suffix("")
    return (stem, path, None) if is_text(path) else (stem, None, path)


def _in_folder(folder: Path, caffemodel: Path | None) -> Parts:
    nets = [item for item in _nets_in(folder) if not _is_training(item)] or _nets_in(folder)
    weights = [caffemodel] if caffemodel is not None else _weights_in(folder)
    for found, flag in ((nets, "--prototxt"), (weights, "--caffemodel")):
        if len(found) > 1:
            raise UsageError(
                f"{folder} holds several: {', '.join(item.name for item in found[:6])}", hint=f"name one with {flag}"
            )
    return Parts(prototxt=_only(nets), caffemodel=_only(weights))


def _deploy(stem: Path) -> Path | None:
    """The net beside weights of another name: a file called deploy, or the only one that is not for training."""
    found = [item for item in _nets_in(stem.parent) if not _is_training(item)]
    deploy = [item for item in found if "deploy" in item.name.lower()]
    named = [item for item in deploy if item.name.startswith(stem.name)]
    return _only(named) or _only(deploy) or _only(found)


def _is_training(path: Path) -> bool:
    return any(word in path.name.lower() for word in _TRAINING)


def _nets_in(folder: Path) -> list[Path]:
    return sorted(item for item in folder.glob("*") if item.name.endswith(TEXT_SUFFIXES))


def _weights_in(folder: Path) -> list[Path]:
    return sorted(item for item in folder.glob("*") if item.name.endswith(WEIGHT_SUFFIXES))


def _first_file(paths: Sequence[Path]) -> Path | None:
    return next((item for item in paths if item.is_file()), None)


def _only(paths: Sequence[Path]) -> Path | None:
    return paths[0] if len(paths) == 1 else None
