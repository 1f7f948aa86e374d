"""Inputs and expected outputs for checking an artifact on the device that runs it: as ``.npz`` and as plain bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from modelwright.backends.written import Written
from modelwright.errors import ArtifactInvalid, ModelFormatError
from modelwright.formats import ArtifactTensor
from modelwright.hub.io_atomic import output_errors

if TYPE_CHECKING:
    import numpy as np

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_IMAGES: Final = (0.0, 256.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """Inputs or outputs: the prefix of their keys, the word in file names, and how the artifact has them."""

    prefix: str
    word: str
    tensors: Sequence[ArtifactTensor]


def keep_device_data(written: Written, *, seed: int) -> tuple[Path, ...]:
    """Completes what is kept for the device, after the stand-in has been compared.

    Args:
        written: What the backend wrote; ``keep`` holds the stand-in's arrays, unless ``device`` has inputs of its own.
        seed: Seed of random images for ``device``.

    Returns:
        The files that were written besides ``keep``.

    Raises:
        ArtifactInvalid: The model of the device's computation does not run.
        OutputError: A file cannot be written.
    """
    if written.keep is None:
        return ()
    if written.device is not None:
        _run_device(written.device, written.keep, seed=seed)
    if written.raw is None or not written.keep.exists():
        return ()
    return write_raw(written, written.keep, written.raw)


def _run_device(path: Path, keep: Path, *, seed: int) -> None:
    from modelwright.hub.summary import summarize
    from modelwright.verify.verify import verify_artifact

    try:
        specs = summarize(path).inputs
    except ModelFormatError as error:
        raise ArtifactInvalid(error.message) from error
    ranges = {spec.name: _IMAGES for spec in specs if spec.dtype == "uint8"}
    verify_artifact(path, seed=seed, ranges=ranges, keep=keep)


def write_raw(written: Written, kept: Path, folder: Path) -> tuple[Path, ...]:
    """Writes arrays as plain bytes, in the artifact's names, layouts and dtypes, with a table of them.

    Args:
        written: What the backend wrote.
        kept: The ``.npz`` of the arrays.
        folder: Where the files go.

    Returns:
        The files.

    Raises:
        OutputError: One cannot be written.
    """
    import numpy as np

    sides = (
        _Side(prefix="in:", word="input", tensors=written.inputs),
        _Side(prefix="out:", word="output", tensors=written.outputs),
    )
    made: list[Path] = []
    listed: dict[str, list[dict[str, Any]]] = {}
    with np.load(kept, allow_pickle=False) as arrays, output_errors(folder):
        folder.mkdir(exist_ok=True)
        for side in sides:
            rows, files = _side(side, arrays, folder)
            listed[f"{side.word}s"] = rows
            made += files
        table = folder / "tensors.json"
        table.write_text(json.dumps(listed, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return (*made, table)


def _side(side: _Side, arrays: Mapping[str, np.ndarray], folder: Path) -> tuple[list[dict[str, Any]], list[Path]]:
    rows: list[dict[str, Any]] = []
    files: list[Path] = []
    for index, tensor in enumerate(side.tensors):
        key = side.prefix + tensor.name
        if key not in arrays:
            continue
        array = arrays[key]
        if tensor.perm is not None:
            array = array.transpose(tensor.perm)
        if tensor.dtype is not None and tensor.scale is None:
            array = array.astype(tensor.dtype)
        path = folder / f"{side.word}_{index}_{_UNSAFE.sub('_', tensor.artifact)}.bin"
        path.write_bytes(array.tobytes())
        row = {"name": tensor.artifact, "file": path.name, "dtype": array.dtype.name, "shape": list(array.shape)}
        rows.append(row | ({"model": tensor.name} if tensor.name != tensor.artifact else {}))
        files.append(path)
    return rows, files
