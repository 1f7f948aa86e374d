"""A labels file: the class of each sample, for the top-1 accuracy that mixed precision watches."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from modelwright.errors import CalibrationDataError, ModelNotFoundError


def read_labels(path: Path) -> np.ndarray:
    """Class numbers, one for each sample in the order of the data.

    Args:
        path: An ``.npy`` file of integers, or a text file whose lines end with a class number (what stands before it,
            such as the sample's file, is not read; empty lines and those that begin with ``#`` are passed over).

    Returns:
        ``[samples]`` int64.

    Raises:
        ModelNotFoundError: There is no such file.
        CalibrationDataError: It holds something else.
    """
    if not path.is_file():
        raise ModelNotFoundError(f"no labels file {path}", hint="check the path")
    return _from_array(path) if path.suffix == ".npy" else _from_text(path)


def _from_array(path: Path) -> np.ndarray:
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise CalibrationDataError(f"{path} is no .npy file: {error}", hint="save the labels with numpy.save") from None
    if array.dtype.kind not in "iu" or array.ndim != 1:
        raise CalibrationDataError(
            f"{path}: labels must be one row of integers, not {array.dtype}{list(array.shape)}",
            hint="one class number for each sample",
        )
    return array.astype(np.int64)


def _from_text(path: Path) -> np.ndarray:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CalibrationDataError(f"{path} cannot be read as text: {error}", hint="one class number a line") from None
    labels: list[int] = []
    for number, line in enumerate(lines, 1):
        words = line.replace(",", " ").split()
        if not words or words[0].startswith("#"):
            continue
        try:
            labels.append(int(words[-1]))
        except ValueError:
            raise CalibrationDataError(
                f"{path}, line {number}: {words[-1]!r} is no class number", hint="one class number a line, last in it"
            ) from None
    return np.asarray(labels, dtype=np.int64)
