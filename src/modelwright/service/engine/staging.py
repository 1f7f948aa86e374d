"""Copies an input folder to where a worker reads it and hashes it on the way: what is hashed is what is read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from modelwright.service.storage.place import Place


def stage(place: Place, folder: Path) -> dict[str, str]:
    """Copies all files of a place; gives their SHA-256 by path below it.

    Args:
        place: The input folder.
        folder: Where the copies go; made.

    Raises:
        ModelNotFoundError: The place is gone.
        ForbiddenError: A link leads out of it.
        OSError: A file cannot be read, or the disk is full.
    """
    hashes: dict[str, str] = {}
    folder.mkdir(parents=True)
    for name in place.listing():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        hashes[name] = place.fetch(name, target)
    return hashes


def work_key(template: str, settings: Mapping[str, str], hashes: Mapping[str, str], version: str) -> str:
    """SHA-256 of all that determines a result.

    Args:
        template: The template with all that its file says, as JSON.
        settings: The values of all settings.
        hashes: Hashes of the input files by path.
        version: Version of modelwright.
    """
    digest = hashlib.sha256()
    for part in (version, template, *(f"{name}={value}" for name, value in sorted(settings.items()))):
        digest.update(part.encode() + b"\0")
    for name, value in sorted(hashes.items()):
        digest.update(f"{name}\0{value}\0".encode())
    return digest.hexdigest()
